"""The operator for any table of offsets: its contract and registration."""

from collections.abc import Sequence
from itertools import chain

import torch
import torch.nn.functional as F

from cyclemlp.ops import moved_product
from cyclemlp.ops.operands import check_operands
from cyclemlp.ops.plain.eager import shift_fc_traced
from cyclemlp.ops.registering import register
from cyclemlp.ops.tables import Table, table_of
from cyclemlp.ops.tracing import is_eager, is_traced, is_wrapped


def shift_fc(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    offsets: torch.Tensor | Sequence[tuple[int, int]] | Table,
) -> torch.Tensor:
    """Compute a fully connected layer over channels in which each channel reads its own position.

    `Y[b, i, j, :] = Σ_c X[b, i + δi(c), j + δj(c), c] · W[:, c] + bias`, with X zero outside the
    image. The offsets `(δi(c), δj(c))` are any table: `cycle_offsets` gives those of Cycle FC,
    `axial_offsets` those of AS-MLP. Cost, gradients and dtypes are those of `cycle_fc`.

    Args:
        x: `(B, H, W, C)`, channels last; any strides, any of B, H, W may be 0.
        weight: `(C_out, C)`, of the same dtype and device as `x` (autocast casts all three).
        bias: `(C_out,)` or None.
        offsets: `(C, 2)` integers, rows down and columns to the right. A tensor is
            copied to the host on every call and has no values under torch.compile; a tuple of
            pairs is compared with the tables seen before; `table_of` is what layers keep.

    Returns:
        `(B, H, W, C_out)` in the dtype of `x`, or autocast's.

    Raises:
        ValueError: shapes, dtypes or devices that do not fit together, or a table that is not one
            pair of integers for each channel.

    Example:
        >>> x, weight = torch.ones(1, 2, 3, 2), torch.tensor([[1.0, 10.0]])
        >>> shift_fc(x, weight, None, ((0, 1), (1, 0)))[0, :, :, 0].tolist()
        [[11.0, 11.0, 10.0], [1.0, 1.0, 0.0]]
    """
    check_operands("shift_fc", x, weight, bias)
    table = table_of(offsets, x.shape[3])
    if not any(step for offset in table.period for step in offset):
        return F.linear(x, weight, bias)
    if is_traced():
        return shift_fc_traced(x, weight, bias, table.offsets)
    if is_eager(x, weight, bias):
        return moved_product.eager(x, weight, bias, table)
    if is_wrapped(x, weight, bias):
        return shift_fc_traced(x, weight, bias, table.offsets)
    flat = list(chain.from_iterable(table.whole))
    return torch.ops.cyclemlp.shift_fc(x, weight, bias, flat)


register(
    "shift_fc",
    "int[] offsets",
    lambda flat: table_of(tuple(zip(flat[::2], flat[1::2], strict=True)), len(flat) // 2),
)
