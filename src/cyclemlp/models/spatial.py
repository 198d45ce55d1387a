"""A spatial FC as a token mixer for maps of one size, channels last `(B, H, W, C)`."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from timm.models import register_notrace_function
from torch import nn

Grid = tuple[int, int]  # rows, columns of a map


class SpatialMixer(nn.Module):
    """A fully connected layer over positions, the same for every channel, then a channel FC.

    As in MLP-Mixer, ResMLP and gMLP its matrix `(H·W, H·W)` fixes the size of the map, and its cost
    is quadratic in the number of positions. `resize_spatial` changes the size.

    Args:
        dim: channels `C`.
        grid: `(H, W)` of the maps.
        proj_drop: dropout after `proj`.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, C)` to the same.
    """

    def __init__(
        self,
        dim: int,
        grid: Grid,
        proj_drop: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.grid = grid
        positions = grid[0] * grid[1]
        self.positions = nn.Linear(positions, positions, device=device, dtype=dtype)
        self.proj = nn.Linear(dim, dim, device=device, dtype=dtype)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, C)` to the same shape."""
        mixed = self.positions(x.flatten(1, 2).transpose(1, 2)).transpose(1, 2)  # (B, HW, C)
        return self.proj_drop(self.proj(mixed.unflatten(1, self.grid)))

    def resize(self, grid: Grid) -> None:
        """Interpolate the matrix and its bias to maps of another size, see `resize_spatial`."""
        old, new = self.positions, nn.Linear(1, 1, device="meta")
        new.in_features = new.out_features = grid[0] * grid[1]
        columns = _resized(old.weight.detach(), self.grid, grid)
        # as many terms as positions: the sum over them stays that of the smaller or larger map
        columns = columns * (len(old.weight) / columns.shape[1])
        new.weight = nn.Parameter(_resized(columns.T, self.grid, grid).T.contiguous())
        new.bias = nn.Parameter(_resized(old.bias.detach()[None], self.grid, grid)[0])
        self.positions, self.grid = new, grid


def _resized(rows: torch.Tensor, old: Grid, new: Grid) -> torch.Tensor:
    """Interpolate maps `(N, H·W)` to `(N, H'·W')`, in float32 at least."""
    maps = rows.to(torch.promote_types(rows.dtype, torch.float32)).unflatten(1, old)[None]
    maps = F.interpolate(maps, new, mode="bilinear", antialias=True)
    return maps[0].flatten(1).to(rows.dtype)


def grids(img_size: Grid, stages: int) -> list[Grid]:
    """Return the size of the maps of each stage of `CycleMLP` for images of `(H, W)` pixels."""
    rows, columns = ((side - 3) // 4 + 1 for side in img_size)
    found = []
    for _ in range(stages):
        found.append((rows, columns))
        rows, columns = (rows + 1) // 2, (columns + 1) // 2
    return found


def resize_spatial(network: Any, img_size: int | Grid) -> None:
    """Change the image size of a `CycleMLP(mixer="spatial")` in place.

    The rows and columns of each matrix are maps over positions; both are interpolated, and the
    matrix is scaled so that a constant map keeps its sums. This is this library's, not the paper's:
    a spatial FC has no definition at another size. Fine-tune afterwards.

    Args:
        network: the `CycleMLP`, with all its stages.
        img_size: side, or `(height, width)`, in pixels; at least 32.

    Raises:
        ValueError: the network has no spatial FC, or the size is too small.
    """
    mixers = [m for m in network.modules() if isinstance(m, SpatialMixer)]
    if not mixers:
        raise ValueError(
            "resize_spatial takes a CycleMLP with mixer='spatial'; received "
            f"{type(network).__name__} without spatial FCs, which has no fixed size to change."
        )
    size = image_size(img_size)
    for stage, grid in zip(network.stages, grids(size, len(network.stages)), strict=True):
        for mixer in stage.modules():
            if isinstance(mixer, SpatialMixer):
                mixer.resize(grid)
    network.img_size = size


def image_size(img_size: int | Grid) -> Grid:
    """Return `(height, width)` of timm's argument `img_size`, or raise ValueError."""
    try:
        height, width = (img_size, img_size) if isinstance(img_size, int) else img_size
        if min(height, width) >= 32 and (int(height), int(width)) == (height, width):
            return int(height), int(width)
    except (TypeError, ValueError):
        pass  # not a pair, or not of numbers: the message below covers both
    raise ValueError(
        "img_size must be a side, or (height, width), of at least 32 pixels, the stride of the "
        f"last stage; received {img_size!r}."
    )


@register_notrace_function  # sizes are numbers only outside symbolic tracing
def check_image_size(x: torch.Tensor, height: int, width: int) -> None:
    """Raise ValueError if an image batch `(B, in_chans, H, W)` has another size."""
    if x.shape[2] != height or x.shape[3] != width:
        raise ValueError(
            f"this CycleMLP has mixer='spatial', whose matrices are for images of {height}x{width} "
            f"pixels; received {x.shape[2]}x{x.shape[3]}. Resize the images, create the model with "
            "img_size, or interpolate its matrices with cyclemlp.models.spatial.resize_spatial. "
            "Mixers 'cycle', 'axial' and 'channel' take any size."
        )
