"""The dtype of products, as autocast chooses it."""

from __future__ import annotations

import torch


def is_cast(x: torch.Tensor) -> bool:
    """Return whether autocast is enabled on the device of x and casts it (never float64)."""
    kind = x.device.type
    enabled = torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
    return enabled and x.dtype != torch.float64


def computing_dtype(x: torch.Tensor) -> torch.dtype:
    """Return the dtype in which layers compute on x: autocast's if it casts x, else that of x."""
    return torch.get_autocast_dtype(x.device.type) if is_cast(x) else x.dtype
