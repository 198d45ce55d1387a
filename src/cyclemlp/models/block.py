"""The residual block of a token mixer and an MLP, channels last `(B, H, W, C)`."""

from __future__ import annotations

import torch
from timm.layers import DropPath, Mlp
from torch import nn

from cyclemlp.models import fast


class Block(nn.Module):
    """`x + mixer(LN(x))`, then `x + MLP(LN(x))`, each with stochastic depth.

    Args:
        dim: channels `C`.
        mixer: the token mixer, `(B, H, W, C)` to the same.
        mlp_ratio: hidden width of the MLP over `dim`.
        drop_path: probability of dropping a residual branch in training.
        proj_drop: dropout inside the MLP.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, C)` to the same.
    """

    def __init__(
        self,
        dim: int,
        mixer: nn.Module,
        mlp_ratio: float,
        drop_path: float = 0.0,
        proj_drop: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, device=device, dtype=dtype)
        self.mixer = mixer
        self.drop_path1 = DropPath(drop_path) if drop_path > 0 else nn.Identity()
        self.norm2 = nn.LayerNorm(dim, device=device, dtype=dtype)
        self.mlp = Mlp(dim, int(dim * mlp_ratio), drop=proj_drop, device=device, dtype=dtype)
        self.drop_path2 = DropPath(drop_path) if drop_path > 0 else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, C)` to the same shape."""
        if not torch.jit.is_scripting():  # TorchScript compiles only the definition
            y = fast.block(self, x)
            if y is not None:
                return y
        x = x + self.drop_path1(self.mixer(self.norm1(x)))
        return x + self.drop_path2(self.mlp(self.norm2(x)))
