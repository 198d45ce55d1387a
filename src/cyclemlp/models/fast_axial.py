"""The fused path of an AS-MLP block: when it applies, and the call. See `fast.py`."""

from __future__ import annotations

from typing import Any

import torch


def block(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute an `AxialBlock` for inference on the CPU, or return None."""
    return None
