"""The operator of the paper: its contract and registration.

`cycle_fc` is the special case of `shift_fc` in which the offsets cycle through the channels, and
runs the same code. Eager calls run an implementation directly; calls that a counter or a
fake tensor observes run the registered operator. Traced by torch.compile, torch.export, TorchScript
or torch.func, or with a tensor subclass such as a quantized weight, a call is a few ordinary
operators, which compilers can fuse and transforms and subclasses know.
"""

import torch
import torch.nn.functional as F

from cyclemlp.ops import moved_product
from cyclemlp.ops.offsets import Cycle, check_phase, check_stepsize, period_offsets, period_slices
from cyclemlp.ops.operands import check_operands
from cyclemlp.ops.plain.eager import shift_fc_eager, shift_fc_traced
from cyclemlp.ops.registering import register
from cyclemlp.ops.tracing import is_eager, is_traced, is_wrapped


def cycle_fc(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stepsize: tuple[int, int] = (1, 3),
    phase: str = "released",
) -> torch.Tensor:
    """Compute a fully connected layer over channels in which each channel reads its own position.

    `Y[b, i, j, :] = Σ_c X[b, i + δi(c), j + δj(c), c] · W[:, c] + bias`, with X zero outside the
    image: a 1×1 convolution's shape and cost, `B·H·W·C·C_out` multiply-adds, at any image size
    (paper, section 3.2). `cycle_offsets` shows δ.

    Args:
        x: `(B, H, W, C)`, channels last; any strides, any of B, H, W may be 0.
        weight: `(C_out, C)`, of the same dtype and device as `x` (autocast casts all three).
        bias: `(C_out,)` or None.
        stepsize: `(S_H, S_W)`: over how many rows and columns the channels cycle. `(1, S)` shifts
            along the width, `(S, 1)` along the height, `(1, 1)` is the channel FC.
        phase: `"released"` starts 1-D cycles at offset 0, as the released weights need;
            `"paper"` is the formula as printed. 2-D stepsizes have only the printed one.

    Returns:
        `(B, H, W, C_out)` in the dtype of `x`, or autocast's.

    Raises:
        ValueError: shapes, dtypes or devices that do not fit together, a stepsize that is not two
            positive integers, an unknown phase.
    """
    if torch.jit.is_scripting():
        return shift_fc_eager(x, weight, bias, period_slices(period_offsets(stepsize, phase)))
    else:  # TorchScript compiles only the branch above
        stepsize = check_stepsize(stepsize)
        check_phase(phase)
        check_operands("cycle_fc", x, weight, bias)
        if stepsize == (1, 1):
            return F.linear(x, weight, bias)
        if is_traced():
            return shift_fc_traced(x, weight, bias, period_offsets(stepsize, phase))
        if is_eager(x, weight, bias):
            return moved_product.eager(x, weight, bias, Cycle(stepsize, phase))
        if is_wrapped(x, weight, bias):
            return shift_fc_traced(x, weight, bias, period_offsets(stepsize, phase))
        return torch.ops.cyclemlp.cycle_fc(x, weight, bias, list(stepsize), phase)


register(
    "cycle_fc",
    "int[] stepsize, str phase",
    lambda stepsize, phase: Cycle((stepsize[0], stepsize[1]), phase),
)
