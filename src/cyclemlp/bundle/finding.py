"""Where a bundle is: in a folder, in a training run's folder, or on the Hugging Face Hub."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from cyclemlp.bundle.names import CONFIG_NAME, WEIGHTS_NAME
from cyclemlp.runtime.config import is_exported
from cyclemlp.runtime.finding import located

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


def find_bundle(path: str, **hub_options: Any) -> Path:
    """Return the folder that holds the bundle's files; a bundle on the Hub is downloaded.

    A file of an exported network is returned as it is.

    Args:
        path: a bundle's folder, a training run's folder, a Hub id ``owner/name``, or a file of an
            exported network.
        **hub_options: passed to `huggingface_hub.snapshot_download`.

    Raises:
        FileNotFoundError: there is no bundle at `path`.
        ValueError: `path` is a file beside an exported network that is not one of its files.
    """
    folder = Path(path)
    if folder.is_dir():
        return _inside(folder)
    if folder.exists():
        if is_exported(folder.parent):
            located(folder)
            return folder
        raise FileNotFoundError(
            f"{path} is a file; give the bundle's folder, which holds {CONFIG_NAME}"
        )
    if not _HUB_ID.fullmatch(path):
        raise FileNotFoundError(
            f"there is no bundle at {path}; give a bundle's or a training run's folder"
        )
    return _downloaded(path, **hub_options)


def _inside(folder: Path) -> Path:
    for candidate in (folder, folder / "bundle"):
        if (candidate / CONFIG_NAME).is_file():
            return candidate
    raise FileNotFoundError(
        f"{folder} holds no bundle: neither {CONFIG_NAME} nor bundle/{CONFIG_NAME} is in it; "
        "a training run writes its bundle into RUN/bundle"
    )


def _downloaded(hub_id: str, **hub_options: Any) -> Path:
    wanted = [CONFIG_NAME, WEIGHTS_NAME]
    try:
        return _inside(Path(snapshot_download(hub_id, allow_patterns=wanted, **hub_options)))
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise FileNotFoundError(
            f"there is no folder {hub_id}, and the Hugging Face Hub does not give it ({reason}); "
            "give a bundle's folder, a training run's folder, or a Hub id"
        ) from error
