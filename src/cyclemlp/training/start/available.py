"""Whether the pretrained weights of a timm model can be had, without waiting for a dead network."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from huggingface_hub import constants, try_to_load_from_cache
from timm.models import get_pretrained_cfg
from timm.models._hub import get_cache_dir, hf_split

_SECONDS = 5.0  # to wait for a server
_FILES = ("model.safetensors", "pytorch_model.bin")


def pretrained_config(model: str) -> Any | None:
    """Return timm's description of a model's weights; None if there are none.

    Args:
        model: a name that timm knows, with or without a tag.
    """
    config = get_pretrained_cfg(model, allow_unregistered=True)
    return config if config is not None and config.has_weights else None


def why_not_available(config: Any) -> str | None:
    """Return why the weights cannot be had, or None if they are on the disk or a server answers.

    Args:
        config: of `pretrained_config`.
    """
    if config.file or _is_cached(config):
        return None
    if constants.HF_HUB_OFFLINE:
        return "they are not in the cache, and HF_HUB_OFFLINE forbids a download"
    address = f"{constants.ENDPOINT}/{config.hf_hub_id}" if config.hf_hub_id else config.url
    return _why_unreachable(address)


def _is_cached(config: Any) -> bool:
    if config.hf_hub_id:
        repository, revision = hf_split(config.hf_hub_id)
        names = [config.hf_hub_filename] if config.hf_hub_filename else _FILES
        found = (try_to_load_from_cache(repository, name, revision=revision) for name in names)
        return any(isinstance(path, str) for path in found)
    return (Path(get_cache_dir()) / Path(urlparse(config.url).path).name).is_file()


def _why_unreachable(address: str) -> str | None:
    """Return why a server does not answer, or None if it does.

    The request runs in a thread, because looking up a host's name has no time limit.
    """
    host = urlparse(address).hostname
    reasons = [f"{host} does not answer within {_SECONDS:g} s"]

    def ask() -> None:
        try:
            request = urllib.request.Request(address, method="HEAD")
            with urllib.request.urlopen(request, timeout=_SECONDS):
                reasons.clear()
        except (OSError, ValueError) as error:
            reasons[0] = f"{host} cannot be reached ({getattr(error, 'reason', error)})"

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_SECONDS)
    return reasons[0] if reasons else None
