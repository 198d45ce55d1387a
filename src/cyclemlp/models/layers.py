"""The pieces of the network as the paper's figures draw them, channels last `(B, H, W, C)`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from timm.layers import DropPath, Mlp
from timm.models import register_notrace_module
from torch import nn

from cyclemlp.models.paths import (
    are_untouched,
    computing_dtype,
    does_nothing,
    have_dtype,
    have_types,
    is_plain_mlp,
    operands,
)
from cyclemlp.ops.cycle_fc import cycle_fc
from cyclemlp.ops.feed_forward import add_feed_forward_, feed_forward, recomputing_pays
from cyclemlp.ops.mixing import branch_means, mix, one_product_pays
from cyclemlp.ops.offsets import check_phase, check_stepsize
from cyclemlp.ops.watching import is_eager_on_cpu


# FX keeps the layer as a leaf: the operator reads sizes as numbers, which symbolic tracing has not
@register_notrace_module
class CycleFC(nn.Linear):
    """`cycle_fc` as a layer: a channel FC whose input channels look at different positions.

    Args:
        in_features: input channels `C`.
        out_features: output channels.
        bias: whether there is one.
        stepsize: `(S_H, S_W)`; `(1, S)` moves along the width, `(S, 1)` along the height.
        phase: `"released"` or `"paper"`, see `cyclemlp.ops.cycle_offsets`.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, in_features)` to `(B, H, W, out_features)`, any H and W.

    Raises:
        ValueError: a stepsize that is not two positive integers, or an unknown phase.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        stepsize: tuple[int, int] = (1, 3),
        phase: str = "released",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.stepsize: tuple[int, int] = check_stepsize(stepsize)
        check_phase(phase)
        self.phase = phase
        super().__init__(in_features, out_features, bias, device=device, dtype=dtype)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """`(B, H, W, in_features)` to `(B, H, W, out_features)`."""
        return cycle_fc(input, self.weight, self.bias, self.stepsize, self.phase)

    def extra_repr(self) -> str:
        """What printing the layer shows."""
        return f"{super().extra_repr()}, stepsize={self.stepsize}, phase={self.phase!r}"


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
            if self._is_one_product(x):
                mixed = self._one_product(x)
            else:
                mixed = self.proj(self._branches(x))
        return self.proj_drop(mixed)

    def _branches(self, x: torch.Tensor) -> torch.Tensor:
        """The definition: three branches, weighed."""
        width, height, channel = self.width(x), self.height(x), self.channel(x)
        if self.reweight is None:
            return width + height + channel
        mean = (width + height + channel).mean((1, 2))  # (B, C)
        a = _branch_weights(self.reweight(mean)).unsqueeze(2).unsqueeze(2)  # (3, B, 1, 1, C)
        return width * a[0] + height * a[1] + channel * a[2]

    def _is_one_product(self, x: torch.Tensor) -> bool:
        layers = (self.width, self.height, self.channel, self.proj)
        return (
            is_eager_on_cpu(x)
            and have_types(layers, CycleFC, CycleFC, nn.Linear, nn.Linear)
            and (self.width.stepsize, self.width.phase) == ((1, self.stepsize), self.phase)
            and (self.height.stepsize, self.height.phase) == ((self.stepsize, 1), self.phase)
            and are_untouched(*layers)
            and have_dtype(x.dtype, *layers)
            and one_product_pays(x, self.reweight is None)
        )

    def _one_product(self, x: torch.Tensor) -> torch.Tensor:
        """The same by one gathered operand, see `cyclemlp.ops.mixing`."""
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
            return self._fused(x) if self._is_fused(x) else self._layers(x)

    def _layers(self, x: torch.Tensor) -> torch.Tensor:
        """The definition."""
        x = x + self.drop_path1(self.mixer(self.norm1(x)))
        return x + self.drop_path2(self.mlp(self.norm2(x)))

    def _is_fused(self, x: torch.Tensor) -> bool:
        return (
            is_eager_on_cpu(x)
            and is_plain_mlp(self.mlp)
            and have_dtype(x.dtype, self.mlp.fc1, self.mlp.fc2)
        )

    def _fused(self, x: torch.Tensor) -> torch.Tensor:
        """The same with the MLP some rows at a time, see `cyclemlp.ops.feed_forward`."""
        dtype = computing_dtype(x)
        fc1, fc2 = operands(self.mlp.fc1, dtype), operands(self.mlp.fc2, dtype)
        x = x + self.drop_path1(self.mixer(self.norm1(x)))
        if not torch.is_grad_enabled() and self._adds_rows():
            return add_feed_forward_(x.contiguous(), self.norm2, fc1, fc2)
        y = self.norm2(x).to(dtype)
        y = feed_forward(y, fc1, fc2) if recomputing_pays(y) else self.mlp(y)
        return x + self.drop_path2(y)

    def _adds_rows(self) -> bool:
        """Whether each position can be normalized, computed and added by itself."""
        norm = self.norm2
        by_itself = type(norm) is nn.LayerNorm and len(norm.normalized_shape) == 1
        return by_itself and are_untouched(norm) and does_nothing(self.drop_path2)


class ConvLast(nn.Module):
    """A convolution on channels-last features: the strided step into a stage.

    Padding is the released network's and floors: 225 px through the stem give 56 columns.

    Args:
        in_chans: input channels.
        out_chans: output channels.
        kernel_size: side of the kernel in pixels.
        stride: in pixels.
        padding: zeros on each side, in pixels.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, in_chans)` to `(B, H', W', out_chans)`,
        `H' = ⌊(H + 2·padding - kernel_size) / stride⌋ + 1`.
    """

    def __init__(
        self,
        in_chans: int,
        out_chans: int,
        kernel_size: int,
        stride: int,
        padding: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_chans, out_chans, kernel_size, stride, padding, device=device, dtype=dtype
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, H, W, in_chans)` to `(B, H', W', out_chans)`."""
        # an image batch comes channels first: turned here it is a few channels, after it many
        x = x.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        return self.conv(x).permute(0, 2, 3, 1)
