"""Token mixing by three branches, channels last `(B, H, W, C)`, as layers or as one product."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from timm.layers import Mlp
from torch import nn

from cyclemlp.models.fast import (
    are_untouched,
    does_nothing,
    has_shape,
    have_types,
    is_compiled_on_cpu,
    is_plain_mlp,
    is_plain_norm,
    kernels_serve,
    operands,
    suit,
)
from cyclemlp.models.layers import CycleFC
from cyclemlp.ops.cpu import kernels, registered
from cyclemlp.ops.plain.mixing import branch_means, mix, one_product_pays
from cyclemlp.ops.precision import computing_dtype
from cyclemlp.ops.tracing import is_eager_on_cpu


class CycleMixer(nn.Module):
    """Token mixing by three parallel branches: along the width, along the height, per position.

    With `fusion="sum"` the branches are added (the paper's figure). With `"reweight"` (the released
    code) each channel weighs its three branches by a softmax, computed from their summed means by
    a small MLP `C → C/4 → 3C`. A linear layer `proj` follows either.

    Args:
        dim: channels `C`.
        stepsize: `S` of both moving branches, `(1, S)` and `(S, 1)`; 3 in the released weights.
        fusion: `"reweight"` or `"sum"`.
        phase: see `cyclemlp.ops.cycle_offsets`.
        proj_drop: dropout after `proj`.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, C)` to the same.

    Raises:
        ValueError: an unknown fusion, or what `CycleFC` refuses.
    """

    def __init__(
        self,
        dim: int,
        stepsize: int = 3,
        fusion: str = "reweight",
        phase: str = "released",
        proj_drop: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if fusion not in ("reweight", "sum"):
            raise ValueError(
                f"fusion must be 'reweight' or 'sum'; received {fusion!r}. The released B1 to B5 "
                "use 'reweight', tiny, small and base 'sum'."
            )
        self.stepsize = stepsize
        self.phase = phase
        self.width = CycleFC(
            dim, dim, stepsize=(1, stepsize), phase=phase, device=device, dtype=dtype
        )
        self.height = CycleFC(
            dim, dim, stepsize=(stepsize, 1), phase=phase, device=device, dtype=dtype
        )
        self.channel = nn.Linear(dim, dim, bias=False, device=device, dtype=dtype)
        self.reweight: nn.Module | None = None
        if fusion == "reweight":
            self.reweight = Mlp(dim, dim // 4, 3 * dim, device=device, dtype=dtype)
        self.proj = nn.Linear(dim, dim, device=device, dtype=dtype)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, H, W, C)` to the same."""
        if torch.jit.is_scripting():
            mixed = self.proj(self._branches(x))
        else:  # TorchScript compiles only the branch above
            if self._has_kernels(x):
                mixed = self._by_kernels(x)
            elif self._is_one_product(x):
                mixed = self._one_product(x)
            else:
                mixed = self.proj(self._branches(x))
        return self.proj_drop(mixed)

    def add_to(self, x: torch.Tensor, norm: nn.Module) -> torch.Tensor:
        """`x + mixer(norm(x))`, `(B, H, W, C)`, in one step where there are kernels."""
        serve = self._has_kernels(x) or (is_compiled_on_cpu(x) and self._is_plain_for_kernels(x))
        same = computing_dtype(x) == x.dtype  # else the sum is not the branches' dtype
        if serve and same and does_nothing(self.proj_drop) and is_plain_norm(norm, x):
            return self._by_kernels(x, norm, x)  # pyright: ignore[reportArgumentType] - LayerNorm
        return x + self(norm(x))

    def _branches(self, x: torch.Tensor) -> torch.Tensor:
        """The definition: three branches, weighed."""
        width, height, channel = self.width(x), self.height(x), self.channel(x)
        if self.reweight is None:
            return width + height + channel
        mean = (width + height + channel).mean((1, 2))  # (B, C)
        a = _branch_weights(self.reweight(mean)).unsqueeze(2).unsqueeze(2)  # (3, B, 1, 1, C)
        return width * a[0] + height * a[1] + channel * a[2]

    def _is_plain(self, x: torch.Tensor) -> bool:
        """Whether the layers compute what their names say of x, in its dtype or autocast's."""
        layers = (self.width, self.height, self.channel, self.proj)
        return (
            have_types(layers, CycleFC, CycleFC, nn.Linear, nn.Linear)
            and (self.width.stepsize, self.width.phase) == ((1, self.stepsize), self.phase)
            and (self.height.stepsize, self.height.phase) == ((self.stepsize, 1), self.phase)
            and are_untouched(*layers)
            and suit(x, *layers)
            and all(has_shape(layer, x.shape[3], x.shape[3]) for layer in layers)
        )

    def _has_kernels(self, x: torch.Tensor) -> bool:
        return not torch.is_grad_enabled() and is_eager_on_cpu(x) and self._is_plain_for_kernels(x)

    def _is_plain_for_kernels(self, x: torch.Tensor) -> bool:
        return (
            self._is_plain(x)
            and (self.reweight is None or is_plain_mlp(self.reweight, x, 3 * x.shape[3]))
            and kernels_serve(computing_dtype(x), self.stepsize)
        )

    def _by_kernels(
        self,
        x: torch.Tensor,
        norm: kernels.Norm | None = None,
        residual: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The same in one call, for inference, see `cyclemlp.ops.cpu`."""
        dtype, reweight = computing_dtype(x), self.reweight
        layers = kernels.MixerLayers(
            width=operands(self.width, dtype),
            height=operands(self.height, dtype),
            channel=self.channel.weight.to(dtype),
            reweight=reweight and (operands(reweight.fc1, dtype), operands(reweight.fc2, dtype)),
            proj=operands(self.proj, dtype),
            stepsize=self.stepsize,
            phase=self.phase,
            norm=norm,
            residual=residual,
        )
        x = x.to(dtype)
        folded = kernels.folding_pays(x, reweight is not None, self.stepsize)
        mixer = registered.mixer if torch.compiler.is_compiling() else kernels.mixer
        return mixer(x, layers, folded)

    def _is_one_product(self, x: torch.Tensor) -> bool:
        return (
            is_eager_on_cpu(x) and self._is_plain(x) and one_product_pays(x, self.reweight is None)
        )

    def _one_product(self, x: torch.Tensor) -> torch.Tensor:
        """The same by one gathered operand, see `cyclemlp.ops.plain.mixing`."""
        dtype, scale = computing_dtype(x), None
        width, height = operands(self.width, dtype), operands(self.height, dtype)
        channel = self.channel.weight.to(dtype)
        x = x.to(dtype)
        if self.reweight is not None:
            x, moved, mean = branch_means(x, self.stepsize, self.phase)
            mean = F.linear(moved[0], *width) + F.linear(moved[1], *height) + mean @ channel.T
            scale = _branch_weights(self.reweight(mean)).transpose(0, 1).to(dtype)  # (B, 3, C)
        branches, proj = (width, height, channel), operands(self.proj, dtype)
        return mix(x, branches, scale, proj, self.stepsize, self.phase)


def _branch_weights(logits: torch.Tensor) -> torch.Tensor:
    """`(B, 3C)`, channel-major as the released fc2 gives them, to `(3, B, C)` weights.

    `stack` makes a copy in which channels are neighbours. Compiled code multiplies whole maps by
    it, vectorized: the mixer is 1.2 to 1.7 times as fast in bfloat16 on CPU as with views.
    """
    return torch.stack(logits.unflatten(1, (-1, 3)).softmax(2).unbind(2))
