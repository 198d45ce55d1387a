"""A sum of Cycle FCs as one product of one gathered operand, without shifted copies of the image.

Only shifted channels have to be copied. With the branches `(1, S)` and `(S, 1)` and a channel FC
over one input, every tap at offset 0 reads the same operand, so the three branches together are

    S · Vᵀ,    S = [x, shifted along the width, shifted along the height, 1]

of `C + 2·C·(S-1)/S + 1` columns (for S = 3 about 7/3·C, where three branches have 3·C). The last
column, all ones, is for the bias. `V` may differ between images, so that branch weights and a
projection after the branches can be folded in (`cyclemlp.ops.plain.mixing`).

S exists a few rows at a time, in a buffer that stays in the cache; the gradient builds it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F

from cyclemlp.ops.cpu import kernels, library
from cyclemlp.ops.layout import is_dense
from cyclemlp.ops.offsets import Group
from cyclemlp.ops.tracing import gradients_in_operators, is_gradient_watched, is_traced

# One piece of the gathered operand. Larger pieces gained nothing on a core with 2 MiB of L2, and
# the first access to new memory is slow (docs/performance.md).
PIECE_BYTES = 4 * 2**20


def gather(x: torch.Tensor, groups: list[Group]) -> torch.Tensor:
    """Return the whole operand S, from operators that can be differentiated twice: the definition.

    Args:
        x: `(B, H, W, C)`.
        groups: see `moved_groups`.

    Returns:
        `(B, H, W, K)`: x, its shifted channels, ones.
    """
    height, width = x.shape[1:3]
    columns = [x]
    for first, step, di, dj in groups:
        pads = (0, 0, max(0, -dj), max(0, dj), max(0, -di), max(0, di))
        window = F.pad(x[..., first::step], pads)
        columns.append(window.narrow(1, max(0, di), height).narrow(2, max(0, dj), width))
    return torch.cat([*columns, torch.ones_like(x[..., :1])], dim=3)


def gathered_product(x: torch.Tensor, matrix: torch.Tensor, groups: list[Group]) -> torch.Tensor:
    """Compute `S(x) · matrixᵀ` piece by piece. Each gradient keeps only the other factor.

    Args:
        x: `(B, H, W, C)` on the CPU, not empty.
        matrix: `(B, C_out, K)`, or `(1, C_out, K)` for all images.
        groups: see `moved_groups`.

    Returns:
        `(B, H, W, C_out)`.
    """
    if is_traced():  # whole, so that the compiler can fuse it with its producer
        return _defined_product(x, matrix, groups)
    return _GatheredProduct.apply(x, matrix, groups)  # pyright: ignore[reportReturnType]


def _defined_product(x: torch.Tensor, matrix: torch.Tensor, groups: list[Group]) -> torch.Tensor:
    operand = gather(x, groups)
    if len(matrix) == 1:
        return operand @ matrix[0].T
    return torch.bmm(operand.flatten(1, 2), matrix.mT).unflatten(1, x.shape[1:3])


class _GatheredProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, matrix: torch.Tensor, groups: list[Group]) -> Any:
        needs_x, needs_matrix, _ = ctx.needs_input_grad
        ctx.save_for_backward(x if needs_matrix else None, matrix if needs_x else None)
        ctx.shapes, ctx.groups = (x.shape, matrix.shape), groups
        out = x.new_empty((*x.shape[:3], matrix.shape[1]))
        for images, rows, piece in _pieces(x, groups, matrix.shape[2]):
            _product(piece, _of(matrix, images).mT, out[images, rows])
        return out

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        x, matrix = ctx.saved_tensors
        if is_gradient_watched():
            # an operand that was not kept does not affect the required gradients: zeros replace it
            factors = [
                grads[0].new_zeros(shape) if t is None else t
                for t, shape in zip(ctx.saved_tensors, ctx.shapes, strict=True)
            ]
            found = gradients_in_operators(
                lambda x, matrix: _defined_product(x, matrix, ctx.groups),
                factors,
                ctx.needs_input_grad[:2],
                grads[0],
            )
            return (*found, None)
        grad = grads[0].contiguous()
        x_shape, matrix_shape = ctx.shapes
        needs_x, needs_matrix, _ = ctx.needs_input_grad
        grad_x = _grad_x(grad, matrix, x_shape, ctx.groups) if needs_x else None
        grad_matrix = _grad_matrix(grad, matrix_shape, x, ctx.groups) if needs_matrix else None
        return grad_x, grad_matrix, None


def _grad_x(
    grad: torch.Tensor, matrix: torch.Tensor, shape: torch.Size, groups: list[Group]
) -> torch.Tensor:
    channels, moved = shape[3], matrix.shape[2] - shape[3] - 1
    out = grad.new_empty(shape)
    _product(grad, matrix[:, :, :channels], out)
    if not moved:
        return out
    weights = matrix[:, :, channels:-1].contiguous()
    for images, rows in _parts(out, moved):
        part = out.new_empty((images.stop - images.start, rows.stop - rows.start, shape[2], moved))
        _product(grad[images, rows], _of(weights, images), part)
        for columns, target, source in _windows(out[images], part, rows, groups):
            target.add_(source[..., columns])
    return out


def _grad_matrix(
    grad: torch.Tensor, shape: torch.Size, x: torch.Tensor, groups: list[Group]
) -> torch.Tensor:
    # in low precision each addition of a piece would lose digits
    out = torch.zeros(shape, dtype=torch.promote_types(x.dtype, torch.float32), device=x.device)
    for images, rows, piece in _pieces(x, groups, shape[2]):
        left, right = grad[images, rows].flatten(1, 2), piece.flatten(1, 2)
        if shape[0] == 1:
            _add_product(out[0], left.flatten(0, 1).T, right.flatten(0, 1))
        else:
            _add_product(out[images], left.mT, right)
    return out.to(x.dtype)


def _add_product(out: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> None:
    if out.dtype != left.dtype:
        out += left @ right
    elif out.ndim == 2:
        out.addmm_(left, right)
    else:
        out.baddbmm_(left, right)


def _of(matrix: torch.Tensor, images: slice) -> torch.Tensor:
    return matrix if len(matrix) == 1 else matrix[images]


def _product(left: torch.Tensor, right: torch.Tensor, out: torch.Tensor) -> None:
    """Compute `out (b, h, w, n) = left (b, h, w, k) · right (b or 1, k, n)`."""
    if len(right) == 1:
        torch.mm(left.flatten(0, 2), right[0], out=out.view(-1, out.shape[3]))
    else:
        torch.bmm(left.flatten(1, 2), right, out=out.view(len(out), -1, out.shape[3]))


def _parts(x: torch.Tensor, columns: int) -> Iterator[tuple[slice, slice]]:
    """Yield images and rows of pieces of at most `PIECE_BYTES`: whole images, or rows of one."""
    batch, height, width = x.shape[:3]
    row_bytes = width * columns * x.element_size()
    many = max(1, PIECE_BYTES // (height * row_bytes))
    rows = height if many > 1 else min(height, max(1, PIECE_BYTES // row_bytes))
    for b in range(0, batch, many):
        for i in range(0, height, rows):
            yield slice(b, min(b + many, batch)), slice(i, min(i + rows, height))


def _pieces(
    x: torch.Tensor, groups: list[Group], columns: int
) -> Iterator[tuple[slice, slice, torch.Tensor]]:
    """Yield the gathered operand piece by piece, in one buffer that each piece overwrites."""
    channels, buffer = x.shape[3], None
    native = x.is_contiguous() and is_dense(x) and library.why_not(x.dtype) is None
    for images, rows in _parts(x, columns):
        shape = (images.stop - images.start, rows.stop - rows.start, x.shape[2], columns)
        if buffer is None:
            buffer = torch.empty(shape, dtype=x.dtype, device=x.device)
            buffer[..., -1].fill_(1)
        piece = buffer[: shape[0]] if shape[1] == buffer.shape[1] else buffer[:, : shape[1]]
        if native and piece.is_contiguous():
            kernels.gather_(piece, x[images], rows.start, groups)
            yield images, rows, piece
            continue
        piece[..., :channels].copy_(x[images, rows])
        moved = piece[..., channels:-1]
        for at, source, target in _windows(x[images], moved, rows, groups, outside=True):
            target[..., at].copy_(source)
        yield images, rows, piece


def _windows(
    x: torch.Tensor, part: torch.Tensor, rows: slice, groups: list[Group], outside: bool = False
) -> Iterator[tuple[slice, torch.Tensor, torch.Tensor]]:
    """Yield the columns of each group, its channels inside the image, and their destination.

    Args:
        x: `(b, H, W, C)`, whole images.
        part: `(b, h, W, shifted columns)`, of the rows `rows`.
        rows: of the image that `part` holds.
        groups: see `moved_groups`.
        outside: whether to write zeros where `part` reads outside the image.
    """
    height, width, at = x.shape[1], x.shape[2], 0
    for first, step, di, dj in groups:
        channels = x[..., first::step]
        columns = slice(at, at + channels.shape[3])
        at = columns.stop
        # rows and columns whose source is inside the image
        top = min(max(rows.start, -di), rows.stop)
        bottom = max(min(rows.stop, height - di), top)
        left, right = min(max(0, -dj), width), max(width - max(0, dj), 0)
        if outside:
            mine = part[..., columns]
            # most edges do not exist, and slicing them would cost as much as a small copy
            if top > rows.start:
                mine[:, : top - rows.start].zero_()
            if bottom < rows.stop:
                mine[:, bottom - rows.start :].zero_()
            if left > 0:
                mine[:, :, :left].zero_()
            if right < width:
                mine[:, :, right:].zero_()
        if top < bottom and left < right:
            yield (
                columns,
                channels[:, top + di : bottom + di, left + dj : right + dj],
                part[:, top - rows.start : bottom - rows.start, left:right],
            )
