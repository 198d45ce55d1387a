"""A mixer and an MLP, each after a norm and added to its input, channels last `(B, H, W, C)`."""

from __future__ import annotations

import torch
from timm.layers import DropPath, Mlp
from torch import nn

from cyclemlp.models.fast import (
    are_untouched,
    does_nothing,
    is_compiled_on_cpu,
    is_plain_mlp,
    is_plain_norm,
    kernels_serve,
    operands,
)
from cyclemlp.models.mixer import CycleMixer
from cyclemlp.ops.cpu import kernels, registered
from cyclemlp.ops.plain.feed_forward import add_feed_forward_, feed_forward, recomputing_pays
from cyclemlp.ops.precision import computing_dtype
from cyclemlp.ops.tracing import is_eager_on_cpu


class Block(nn.Module):
    """`x + mixer(LN(x))`, then `x + MLP(LN(x))`, each with stochastic depth.

    Args:
        dim: channels `C`.
        mixer: the token mixer, `(B, H, W, C)` to the same.
        mlp_ratio: hidden width of the MLP over `dim`.
        drop_path: probability with which a branch is left out in training.
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
        """`(B, H, W, C)` to the same."""
        if torch.jit.is_scripting():
            return self._layers(x)
        else:  # TorchScript compiles only the branch above
            if is_compiled_on_cpu(x):
                return self._compiled(x)
            return self._fused(x) if self._is_fused(x) else self._layers(x)

    def _layers(self, x: torch.Tensor) -> torch.Tensor:
        """The definition."""
        x = x + self.drop_path1(self.mixer(self.norm1(x)))
        return x + self.drop_path2(self.mlp(self.norm2(x)))

    def _compiled(self, x: torch.Tensor) -> torch.Tensor:
        """What torch.compile sees on the CPU: kernels where they serve, else the layers."""
        x, dtype = self._mixed(x), x.dtype
        if kernels_serve(dtype) and self._has_plain_mlp(x) and self._adds_rows(x):
            fc1, fc2 = operands(self.mlp.fc1, dtype), operands(self.mlp.fc2, dtype)
            return registered.add_feed_forward(x, self.norm2, fc1, fc2)
        return x + self.drop_path2(self.mlp(self.norm2(x)))

    def _is_fused(self, x: torch.Tensor) -> bool:
        return is_eager_on_cpu(x) and self._has_plain_mlp(x)

    def _has_plain_mlp(self, x: torch.Tensor) -> bool:
        return is_plain_mlp(self.mlp, x, x.shape[-1])

    def _fused(self, x: torch.Tensor) -> torch.Tensor:
        """The same with the MLP some rows at a time, see `cyclemlp.ops.plain.feed_forward`."""
        dtype = computing_dtype(x)
        fc1, fc2 = operands(self.mlp.fc1, dtype), operands(self.mlp.fc2, dtype)
        x = self._mixed(x)
        if not torch.is_grad_enabled() and self._adds_rows(x):
            by_kernels = dtype == x.dtype and kernels_serve(dtype)
            add_ = kernels.add_feed_forward_ if by_kernels else add_feed_forward_
            return add_(x.contiguous(), self.norm2, fc1, fc2)
        y = self.norm2(x).to(dtype)
        y = feed_forward(y, fc1, fc2) if recomputing_pays(y) else self.mlp(y)
        return x + self.drop_path2(y)

    def _mixed(self, x: torch.Tensor) -> torch.Tensor:
        mixer = self.mixer
        if type(mixer) is CycleMixer and are_untouched(mixer) and does_nothing(self.drop_path1):
            return mixer.add_to(x, self.norm1)
        return x + self.drop_path1(mixer(self.norm1(x)))

    def _adds_rows(self, x: torch.Tensor) -> bool:
        """Whether each position may be normalized, computed and added by itself."""
        return is_plain_norm(self.norm2, x) and does_nothing(self.drop_path2)
