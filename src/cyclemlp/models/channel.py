"""Channel FCs as a token mixer that sees one position, channels last `(B, H, W, C)`."""

from __future__ import annotations

import torch
from torch import nn


class ChannelMixer(nn.Module):
    """Two channel FCs: the mixer of a `CycleMixer` whose branches do not shift and are one.

    It mixes no positions. In a comparison it shows what a network learns from its stem and its
    downsampling alone (the paper's figure 1).

    Args:
        dim: channels `C`.
        proj_drop: dropout after `proj`.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, C)` to the same.
    """

    def __init__(
        self,
        dim: int,
        proj_drop: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.channel = nn.Linear(dim, dim, device=device, dtype=dtype)
        self.proj = nn.Linear(dim, dim, device=device, dtype=dtype)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, C)` to the same shape."""
        return self.proj_drop(self.proj(self.channel(x)))
