"""Three weighted and projected branches as one product: the two exact identities of the mixer.

1. The branches differ only in the operand: `Σ_k a_k ⊙ (shift_k x · W_kᵀ + b_k)` is one product of
   the gathered operand (`ops.plain.gathered`) with the scaled weights, one matrix per image.
2. The branch weights `a` depend only on the branches' means, and `mean(shift(x)) · Wᵀ + b` is the
   mean of a branch. The mean of a shifted channel is that of the image without the rows or columns
   that leave it.

If the image has more positions than the matrix has columns, the projection is folded in too.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from cyclemlp.ops.offsets import Group, moved_groups
from cyclemlp.ops.plain.gathered import gathered_product
from cyclemlp.ops.tracing import is_traced

Branch = tuple[torch.Tensor, torch.Tensor | None]  # weight (C_out, C), bias (C_out,)


def branch_means(
    x: torch.Tensor, stepsize: int, phase: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Compute the means over the image of x and of its shifted copies, without copying x.

    Args:
        x: `(B, H, W, C)`, H and W not 0.
        stepsize: `S` of `(1, S)` and `(S, 1)`.
        phase: see `cycle_offsets`.

    Returns:
        x itself, to be used in its place so that its gradient is accumulated once, and the
        means `(2, B, C)` of `[shift_w x, shift_h x]` and `(B, C)` of x.
    """
    groups = moved_groups(stepsize, phase)
    if is_traced():
        return x, *_means(x, groups)
    return _BranchMeans.apply(x, groups)  # pyright: ignore[reportReturnType]


def _means(x: torch.Tensor, groups: list[Group]) -> tuple[torch.Tensor, torch.Tensor]:
    columns = x.mean(1)
    mean = columns.mean(1)
    moved = mean.expand(2, -1, -1).clone()
    for axis, channels, rows, cols in _left_out(groups, x.shape):
        # two means rather than a sum, which would overflow half precision
        lost = columns[:, cols] if axis == 0 else x[:, rows].mean(2)
        moved[axis, :, channels] -= lost[..., channels].sum(1) / x.shape[2 - axis]
    return moved, mean


class _BranchMeans(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, groups: list[Group]) -> Any:
        ctx.shape, ctx.groups = x.shape, groups
        return x.view_as(x), *_means(x, groups)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        grad, moved, mean = grads
        moved = moved / (ctx.shape[1] * ctx.shape[2])
        mean = mean / (ctx.shape[1] * ctx.shape[2]) + moved.sum(0)
        out = grad + mean[:, None, None]
        for axis, channels, rows, cols in _left_out(ctx.groups, ctx.shape):
            out[:, rows, cols, channels] -= moved[axis, :, None, None, channels]
        return out, None


def _left_out(groups: list[Group], shape: torch.Size) -> list[tuple[int, slice, slice, slice]]:
    """Return the axis, channels, rows and columns that each shift moves out of the image.

    Axis 0 is the shift along the width, 1 the shift along the height.
    """
    return [
        (0 if dj else 1, slice(first, None, step), _outside(di, shape[1]), _outside(dj, shape[2]))
        for first, step, di, dj in groups
    ]


def _outside(offset: int, size: int) -> slice:
    if offset == 0:
        return slice(None)
    return slice(0, min(offset, size)) if offset > 0 else slice(max(0, size + offset), size)


def folded_branches(
    width: Branch,
    height: Branch,
    channel: torch.Tensor,
    scale: torch.Tensor | None,
    stepsize: int,
    phase: str,
) -> torch.Tensor:
    """Return the matrix V whose product with the gathered operand is the weighted branch sum.

    Args:
        width: weight and bias of the branch `(1, S)`.
        height: of the branch `(S, 1)`.
        channel: weight of the channel FC, which has no bias.
        scale: `(B, 3, C_out)`, a factor for each branch's outputs; None for a plain sum.
        stepsize: `S`.
        phase: see `cycle_offsets`.

    Returns:
        `(B, C_out, K)`, or `(1, C_out, K)` without `scale`.
    """
    groups = moved_groups(stepsize, phase)
    along_width = [g for g in groups if g[3]]
    along_height = [g for g in groups if g[2]]
    count = [
        sum(channel[:, r::p].shape[1] for r, p, _, _ in g) for g in (along_width, along_height)
    ]
    parts = torch.stack(
        [
            _columns(width, along_width, 0, count[1]),
            _columns(height, along_height, count[0], 0),
            F.pad(channel, (0, sum(count) + 1)),
        ],
        dim=1,
    )  # (C_out, 3, K)
    if scale is None:
        return parts.sum(1).unsqueeze(0)
    # contiguous, or torch copies the factors of each output channel: a third of the time
    return torch.bmm(scale.permute(2, 0, 1).contiguous(), parts).transpose(0, 1)


def _columns(branch: Branch, groups: list[Group], before: int, after: int) -> torch.Tensor:
    """Return the weights of one branch in the columns of the gathered operand, `(C_out, K)`."""
    weight, bias = branch
    still = torch.ones(weight.shape[1], dtype=weight.dtype, device=weight.device)
    for first, step, _, _ in groups:
        still[first::step] = 0
    moved = [weight[:, first::step] for first, step, _, _ in groups]
    last = weight.new_zeros(weight.shape[0]) if bias is None else bias
    return torch.cat(
        [
            weight * still,
            weight.new_zeros(weight.shape[0], before),
            *moved,
            weight.new_zeros(weight.shape[0], after),
            last.unsqueeze(1),
        ],
        dim=1,
    )


def folded_projection(matrix: torch.Tensor, proj: Branch) -> torch.Tensor:
    """Compute `proj · V`, with the bias added to the column of ones."""
    weight, bias = proj
    batch, rows, columns = matrix.shape
    flat = matrix.transpose(0, 1).reshape(rows, batch * columns)
    out = (weight @ flat).view(weight.shape[0], batch, columns).transpose(0, 1)
    if bias is None:
        return out
    return out + F.pad(bias.unsqueeze(1), (columns - 1, 0))


def mix(
    x: torch.Tensor,
    branches: tuple[Branch, Branch, torch.Tensor],
    scale: torch.Tensor | None,
    proj: Branch,
    stepsize: int,
    phase: str,
) -> torch.Tensor:
    """Compute `proj(Σ_k scale_k ⊙ branch_k(x))` by one gathered operand.

    Args:
        x: `(B, H, W, C)` on the CPU, not empty.
        branches: along the width, along the height, and the channel FC's weight.
        scale: `(B, 3, C)`, or None for a plain sum.
        proj: the projection after the branches.
        stepsize: `S`.
        phase: see `cycle_offsets`.

    Returns:
        `(B, H, W, C)`.
    """
    matrix = folded_branches(*branches, scale, stepsize, phase)
    groups = moved_groups(stepsize, phase)
    if x.shape[:3].numel() // len(matrix) > matrix.shape[2]:
        return gathered_product(x, folded_projection(matrix, proj), groups)
    return F.linear(gathered_product(x, matrix, groups), *proj)


def one_product_pays(x: torch.Tensor, summed: bool) -> bool:
    """Return whether the matrix, `C x K`, is cheap to compute compared to the image, `H·W x C`.

    Measured on one core with AVX-512 and AMX, whole mixers against three branches (table in
    docs/performance.md). With branch weights each image has its own matrix: it pays from 0.6·C
    positions in float32 (1.1 times as fast at 14x14x320, slower at 16x16x512) and from 2·C in
    bfloat16, where products are cheap. Other work is done once per batch: it pays from 4·C
    positions in the batch (slower at 2.5·C, faster at 4.1·C), in bfloat16 from 8·C.
    """
    positions, image, channels = x.shape[:3].numel(), x.shape[1:3].numel(), x.shape[3]
    if x.element_size() < 4:
        return positions >= 8 * channels and (summed or image >= 2 * channels)
    return positions >= 4 * channels and (summed or 5 * image >= 3 * channels)
