"""Memory, disks and folders of a machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import torch
from huggingface_hub import constants

from cyclemlp.ops.cpu.cache import cache_folder
from cyclemlp.ops.cpu.unavailable import UnavailableError

_GIB = 2**30


def memory_gib() -> float | None:
    """Return the memory of the machine in GiB; None if the system does not tell."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB, 1)
    except (ValueError, OSError, AttributeError):
        return None


def gpus() -> tuple[str, ...]:
    """Return the name and the memory of each GPU."""
    if torch.backends.mps.is_available():
        return ("Apple GPU (mps)",)
    devices = (torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count()))
    return tuple(f"{d.name}, {d.total_memory / _GIB:.0f} GiB" for d in devices)


def folders() -> dict[str, str]:
    """Return what a folder is for -> its path and the free space of its disk."""
    places = {
        "current": Path.cwd(),
        "weights": Path(torch.hub.get_dir()) / "checkpoints",
        "Hugging Face": Path(constants.HF_HUB_CACHE),
    }
    found = {name: _described(path) for name, path in places.items()}
    try:
        found["kernels"] = _described(cache_folder())
    except UnavailableError as error:
        found["kernels"] = f"none: {error}"
    return found


def _described(path: Path) -> str:
    existing = next(place for place in (path, *path.parents) if place.exists())
    new = "" if existing == path else ", not created yet"
    return f"{path}{new}, {shutil.disk_usage(existing).free / _GIB:.0f} GiB free"
