"""The parts of AS-MLP, channels last `(B, H, W, C)`: patches, the residual block and the stage."""

# No `from __future__ import annotations`: a traced graph copies forward's annotations, and
# TorchScript cannot read them back as strings.

from typing import Any

import torch
from timm.layers import DropPath, Mlp
from timm.models import checkpoint_seq
from torch import nn

from cyclemlp.models import fast_axial
from cyclemlp.models.axial import AxialShift, ImageNorm
from cyclemlp.ops.layout import to_channels_first


class PatchEmbed(nn.Module):
    """A convolution over patches and a norm, from NCHW images to channels-last features.

    Args:
        in_chans: input channels.
        dim: output channels.
        patch_size: side and stride of the patches in pixels.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, in_chans, H, W)` to `(B, H/patch_size, W/patch_size, dim)`, floored.
    """

    def __init__(
        self,
        in_chans: int,
        dim: int,
        patch_size: int = 4,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        dd: dict[str, Any] = {"device": device, "dtype": dtype}
        self.proj = nn.Conv2d(in_chans, dim, patch_size, patch_size, **dd)
        self.norm = ImageNorm(dim, **dd)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images `(B, in_chans, H, W)` to features `(B, H', W', dim)`."""
        # channels last, so that the features are too
        return self.norm(self.proj(to_channels_first(x.permute(0, 2, 3, 1))).permute(0, 2, 3, 1))


class AxialBlock(nn.Module):
    """`x + axial_shift(norm(x))`, then `x + MLP(norm(x))`, each with stochastic depth.

    Args:
        dim: channels `C`.
        shift_size: of the `AxialShift`.
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
        shift_size: int,
        mlp_ratio: float,
        drop_path: float = 0.0,
        proj_drop: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        dd: dict[str, Any] = {"device": device, "dtype": dtype}
        self.norm1 = ImageNorm(dim, **dd)
        self.axial_shift = AxialShift(dim, shift_size, **dd)
        self.drop_path = DropPath(drop_path) if drop_path > 0 else nn.Identity()
        self.norm2 = ImageNorm(dim, **dd)
        self.mlp = Mlp(dim, int(dim * mlp_ratio), drop=proj_drop, **dd)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, C)` to the same shape."""
        if not torch.jit.is_scripting():  # TorchScript compiles only the definition
            y = fast_axial.block(self, x)
            if y is not None:
                return y
        x = x + self.drop_path(self.axial_shift(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class AxialStage(nn.Module):
    """Blocks at one size, then patch merging (none after the last stage).

    Args:
        blocks: `(B, H, W, C)` to the same.
        downsample: to the channels and size of the next stage.
    """

    def __init__(self, blocks: list[AxialBlock], downsample: nn.Module) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)
        self.downsample = downsample
        self.grad_checkpointing = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features `(B, H, W, C)` to those that the next stage takes."""
        return self.downsample(self.run(x))

    def run(self, x: torch.Tensor) -> torch.Tensor:
        """Map features `(B, H, W, C)` to the same shape, before the merging."""
        if self.grad_checkpointing and not torch.jit.is_scripting():
            return checkpoint_seq(self.blocks, x)
        return self.blocks(x)
