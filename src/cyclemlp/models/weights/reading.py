"""Weight files into state dicts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from timm.models import clean_state_dict

StateDict = dict[str, torch.Tensor]

# Keys under which training scripts store the weights; averaged weights first, as in timm.
_NESTS = ("state_dict_ema", "model_ema", "state_dict", "model")


class UnreadableError(ValueError):
    """A file is no weight file, or holds more than tensors."""


def read_state_dict(path: str | Path) -> StateDict:
    """Read a weight file: safetensors, or a torch file opened with `weights_only=True`.

    Args:
        path: the file. Its weights are flat, or nested under `state_dict`, `model` or the
            averaged forms of both.

    Returns:
        Names to tensors on the CPU.

    Raises:
        FileNotFoundError: the file does not exist.
        UnreadableError: the file is not a weight file, or holds more than tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no weight file at {path}; check the path")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return unwrap(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # each reader raises other types; users know the file
        raise UnreadableError(
            f"a weight file must be .safetensors or a torch file of plain tensors; {path} could "
            f"not be read ({_reason(error)}). Download it again, or save its state_dict alone."
        ) from error


def unwrap(checkpoint: Any) -> StateDict:
    """Return the state dict inside a checkpoint, without prefixes of wrappers (`module.`, …).

    Raises:
        ValueError: the checkpoint holds no named tensors.
    """
    for nest in _NESTS:
        if isinstance(checkpoint, Mapping) and isinstance(checkpoint.get(nest), Mapping):
            checkpoint = checkpoint[nest]
            break
    if not isinstance(checkpoint, Mapping) or not any(
        isinstance(value, torch.Tensor) for value in checkpoint.values()
    ):
        raise ValueError("it holds no named tensors")
    return clean_state_dict(dict(checkpoint))


def _reason(error: BaseException) -> str:
    if isinstance(error, UnpicklingError):  # its own message suggests unpickling the file anyway
        return "it holds more than tensors and plain values, or is no torch file"
    if isinstance(error, (SafetensorError, OSError, ValueError, RuntimeError)):
        return (str(error).strip().splitlines() or ["it is damaged"])[0]
    return "it is damaged"  # torch reads nonsense until Python fails
