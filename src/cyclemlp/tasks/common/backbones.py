"""timm's constructor with errors a user can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import timm
import torch
from torch import nn

_UNKNOWN_ARGUMENT = re.compile(r"unexpected keyword argument '(\w+)'")


def create_network(model: str, **model_args: Any) -> nn.Module:
    """Build a timm model.

    Args:
        model: any name that timm knows, with or without a pretrained tag, or ``hf-hub:owner/name``.
        **model_args: go to the model's constructor.

    Raises:
        ValueError: timm has no such model (the message offers near names) or the model refuses an
            argument.
    """
    if ":" not in model and not timm.is_model(model):
        raise ValueError(_unknown_model(model))
    try:
        return timm.create_model(model, **model_args)
    except TypeError as error:
        unknown = _UNKNOWN_ARGUMENT.search(str(error))
        if unknown is None:
            raise
        raise ValueError(
            f"model {model!r} takes no argument {unknown[1]!r}; remove it from --model-args"
        ) from error
    except RuntimeError as error:
        if "pretrained tag" in str(error):
            raise ValueError(f"model {model!r}: {error} Its tags: {_tags(model)}") from error
        if "No pretrained weights" in str(error):
            raise ValueError(
                f"there are no pretrained weights of {model!r}; start without, or from a file"
            ) from error
        raise


def _unknown_model(model: str) -> str:
    base = model.partition(".")[0]
    near = get_close_matches(base, timm.list_models(), n=3)
    offer = (
        f"did you mean {' or '.join(near)}?" if near else "`cyclemlp models` lists this library's."
    )
    return (
        f"there is no model {model!r} among this library's and timm {timm.__version__}'s; {offer}"
    )


def _tags(model: str) -> str:
    base = model.partition(".")[0]
    return ", ".join(name.partition(".")[2] for name in timm.list_pretrained(f"{base}.*")) or "none"


def check_pyramid(model: str) -> None:
    """Make sure that a timm model gives feature maps of strides 4, 8, 16 and 32.

    Raises:
        ValueError: no such model, or it gives others.
    """
    strides = feature_strides(model)
    if not {4, 8, 16, 32} <= set(strides):
        raise ValueError(
            f"dense tasks need feature maps of strides 4, 8, 16 and 32, and {model!r} gives "
            f"{', '.join(map(str, strides)) or 'none'}; choose a pyramid such as cyclemlp_b1, "
            "resnet50 or swin_tiny_patch4_window7_224"
        )


def any_size_args(model: str) -> dict[str, Any]:
    """The constructor arguments with which a timm model takes images of any size."""
    # Swin's; most models have no such argument and need none.
    open_sizes: dict[str, Any] = {"strict_img_size": False}
    try:
        with torch.device("meta"):
            timm.create_model(model, **open_sizes)
    except TypeError:
        return {}
    return open_sizes


def feature_strides(model: str) -> list[int]:
    """The strides of a timm model's feature maps, finest first; none if it has no such maps.

    Raises:
        ValueError: no such model.
    """
    if ":" not in model and not timm.is_model(model):
        raise ValueError(_unknown_model(model))
    try:
        with torch.device("meta"):
            features: Any = timm.create_model(model, features_only=True)
            return features.feature_info.reduction()
    except (AttributeError, RuntimeError, NotImplementedError):  # none to be had of this model
        return []


@contextmanager
def needs(library: str) -> Iterator[None]:
    """Say how to install a library of the ``train`` extra where its import fails."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        raise ModuleNotFoundError(
            f"this needs {library}: pip install 'cyclemlp[train]'", name=library
        ) from error
