"""Scratch memory of the kernels, kept from call to call.

The system clears each page of new memory at its first access, which takes as long as half of the
products of a single image: on an AMD EPYC, the MLPs of B1 take 69 ms instead of 42.
"""

from __future__ import annotations

import torch

_MOST_BYTES = 32 << 20  # of a kept buffer; for larger ones, the products take longer than the pages
_MOST_BUFFERS = 2  # threads that compute at the same time take one each

_kept: list[torch.Tensor] = []


def take(size: int) -> torch.Tensor:
    """Return a buffer of at least `size` bytes of any content, which no other call uses."""
    try:
        buffer = _kept.pop()  # atomic, so that no two threads take the same
    except IndexError:
        return torch.empty(size, dtype=torch.uint8, device="cpu")
    return buffer if len(buffer) >= size else take(size)


def give_back(buffer: torch.Tensor) -> None:
    """Keep a buffer for a later call, unless it is large or there are enough."""
    if len(buffer) <= _MOST_BYTES and len(_kept) < _MOST_BUFFERS:
        _kept.append(buffer)


def release() -> None:
    """Free the kept buffers."""
    _kept.clear()
