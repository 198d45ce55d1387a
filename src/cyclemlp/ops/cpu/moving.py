"""The kernels of the operator and of its moves, as functions of tensors."""

from __future__ import annotations

from struct import Struct

import torch

from cyclemlp.ops.cpu import calling
from cyclemlp.ops.offsets import Group

# The C structures: pointers (P), doubles (d) and sizes (q), in the order of their members.
_MOVE = Struct("3P6q")
_GATHER = Struct("3P9q")
_CYCLE_FC = Struct("5P7q")


def shift(x: torch.Tensor, offsets: list[tuple[int, int]]) -> torch.Tensor:
    """Compute `cyclemlp.ops.plain.eager.shift`, for at most `MOST_POSITIONS` offsets."""
    calling.check(x)
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel() == 0:
        return out
    cycle = calling.cycle(tuple(offsets))
    call = _MOVE.pack(
        calling.at(out), calling.at(x), cycle, len(offsets), *x.shape, calling.threads()
    )
    calling.run("move", call, x.dtype)
    return out


def gather_(out: torch.Tensor, x: torch.Tensor, first_row: int, groups: list[Group]) -> None:
    """Compute rows of `cyclemlp.ops.plain.gathered.gather`.

    Args:
        out: `(B, rows, W, K)`, contiguous; overwritten.
        x: `(B, H, W, C)`, contiguous and not empty.
        first_row: index of the first of the rows in the image.
        groups: see `moved_groups`.
    """
    calling.check(x, (out, (len(x), *out.shape[1:])))
    where = calling.at(out), calling.at(x), calling.numbers(tuple(groups))
    call = _GATHER.pack(
        *where, len(groups), *x.shape, first_row, *out.shape[1::2], calling.threads()
    )
    calling.run("gather", call, x.dtype)


def cycle_fc(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, offsets: list[tuple[int, int]]
) -> torch.Tensor:
    """Compute `plain.eager.shift_fc_eager`, for at most `MOST_POSITIONS` offsets; x not empty."""
    calling.check(x, (weight, (len(weight), x.shape[3])), (bias, (len(weight),)))
    x, weight = x.contiguous(), weight.contiguous()
    bias = None if bias is None else bias.contiguous()
    out = x.new_empty((*x.shape[:3], len(weight)))
    call = _CYCLE_FC.pack(
        *(calling.at(out), calling.at(x), calling.at(weight), calling.at(bias)),
        calling.cycle(tuple(offsets)),
        len(offsets),
        *x.shape,
        len(weight),
        calling.threads(),
    )
    calling.run("cycle_fc", call, x.dtype)
    return out
