"""The operator: its contract, checks, registration with torch, and gradients.

`cycle_fc` is the only function callers need. Eager calls run an implementation directly; calls that
a counter, a fake tensor or a tensor subclass observes run `torch.ops.cyclemlp.cycle_fc`, which is
registered below with its fake kernel, gradient, autocast rule and FLOP formula. The gradient keeps
the input alone and shifts it again, so training stores no shifted copy. Traced by torch.compile,
torch.export, TorchScript or torch.func, a call is a few ordinary operators, which compilers can
fuse and transforms know.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import register_flop_formula

from cyclemlp.ops.backends import implementation
from cyclemlp.ops.offsets import Cycle, check_phase, check_stepsize, period_offsets
from cyclemlp.ops.plain.eager import cycle_fc_eager, cycle_fc_traced
from cyclemlp.ops.plain.operator import PLAIN
from cyclemlp.ops.precision import computing_dtype, is_cast
from cyclemlp.ops.tracing import is_eager, is_gradient_watched, is_traced


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
        return cycle_fc_eager(x, weight, bias, period_offsets(stepsize, phase))
    else:  # TorchScript compiles only the branch above
        stepsize = check_stepsize(stepsize)
        check_phase(phase)
        _check_tensors(x, weight, bias)
        if stepsize == (1, 1):
            return F.linear(x, weight, bias)
        if is_traced():
            return cycle_fc_traced(x, weight, bias, period_offsets(stepsize, phase))
        if is_eager(x, weight, bias):
            return _eager(x, weight, bias, Cycle(stepsize, phase))
        return torch.ops.cyclemlp.cycle_fc(x, weight, bias, list(stepsize), phase)


def _eager(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, cycle: Cycle
) -> torch.Tensor:
    """Compute without the registered operator.

    Its dispatch from Python takes a tenth of a millisecond: as long as the computation on a GPU,
    and as a small one on a CPU.
    """
    if is_cast(x):
        dtype = computing_dtype(x)
        x, weight = x.to(dtype), weight.to(dtype)
        bias = None if bias is None else bias.to(dtype)
    if torch.is_grad_enabled():
        return _CycleFC.apply(x, weight, bias, cycle)  # pyright: ignore[reportReturnType]
    return _compute(x, weight, bias, cycle)


def _check_tensors(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
    if x.ndim != 4 or weight.ndim != 2 or x.shape[3] != weight.shape[1]:
        raise ValueError(
            "cycle_fc takes x of shape (B, H, W, C) and weight of shape (C_out, C) with one C; "
            f"received {_shapes(x, weight)}. For NCHW images use x.permute(0, 2, 3, 1)."
        )
    if bias is not None and (bias.ndim != 1 or bias.shape[0] != weight.shape[0]):
        raise ValueError(
            f"cycle_fc takes bias of shape (C_out,) = ({weight.shape[0]},); received "
            f"{tuple(bias.shape)} with {_shapes(x, weight)}. Pass one value per row of weight, or "
            "None."
        )
    parameters = [weight] if bias is None else [weight, bias]
    if any(p.device != x.device for p in parameters):
        raise ValueError(
            "cycle_fc takes x, weight and bias on one device; received "
            f"{[str(t.device) for t in (x, *parameters)]}. Move them with .to(device)."
        )
    if not x.is_floating_point():
        raise ValueError(
            f"cycle_fc takes floating-point tensors; received x of {x.dtype}. Use x.float()."
        )
    if any(p.dtype != x.dtype for p in parameters) and not is_cast(x):
        raise ValueError(
            "cycle_fc takes x, weight and bias of one dtype outside autocast, which does not cast "
            f"float64; received {[str(t.dtype) for t in (x, *parameters)]}. Convert them with "
            ".to(dtype), or run under torch.autocast."
        )


def _shapes(x: torch.Tensor, weight: torch.Tensor) -> str:
    return f"x {tuple(x.shape)}, weight {tuple(weight.shape)}"


@torch.library.custom_op("cyclemlp::cycle_fc", mutates_args=())
def _cycle_fc(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stepsize: list[int],
    phase: str,
) -> torch.Tensor:
    return _compute(x, weight, bias, Cycle((stepsize[0], stepsize[1]), phase))


def _compute(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, cycle: Cycle
) -> torch.Tensor:
    return implementation(cycle, x, weight, bias).forward(x, weight, bias, cycle)


@_cycle_fc.register_fake
def _(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stepsize: list[int],
    phase: str,
) -> torch.Tensor:
    return x.new_empty((*x.shape[:3], weight.shape[0]))


def _keep(ctx: Any, x: torch.Tensor, weight: torch.Tensor, cycle: Cycle) -> None:
    """Save the operands of the required gradients: for a frozen weight, x is not saved."""
    needs_x, needs_weight = ctx.needs_input_grad[:2]
    ctx.save_for_backward(x if needs_weight else None, weight if needs_x else None)
    ctx.cycle = cycle


def _gradients(ctx: Any, grad: torch.Tensor) -> list[torch.Tensor | None]:
    """Compute the required gradients of x, weight and bias."""
    x, weight = ctx.saved_tensors
    needs_x, needs_weight, needs_bias = ctx.needs_input_grad[:3]
    cycle = ctx.cycle
    # a gradient that is differentiated again or counted has to consist of ordinary operators
    by = PLAIN if is_gradient_watched() else implementation(cycle, grad, x, weight)
    return [
        by.grad_x(grad, weight, cycle) if needs_x else None,
        by.grad_weight(grad, x, cycle) if needs_weight else None,
        grad.sum((0, 1, 2)) if needs_bias else None,
    ]


class _CycleFC(torch.autograd.Function):
    """The operator for eager training."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, cycle: Cycle
    ) -> torch.Tensor:
        _keep(ctx, x, weight, cycle)
        return _compute(x, weight, bias, cycle)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        return (*_gradients(ctx, grads[0]), None)


def _setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
    x, weight, _, stepsize, phase = inputs
    _keep(ctx, x, weight, Cycle((stepsize[0], stepsize[1]), phase))


def _backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
    return (*_gradients(ctx, grad), None, None)


_cycle_fc.register_autograd(_backward, setup_context=_setup_context)


def _register_autocast(device_type: str, key: str) -> None:
    """Run the operator in the current dtype of autocast.

    `torch.library.register_autocast` fixes one dtype at registration; autocast has two.
    """

    def cast_and_call(
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        stepsize: list[int],
        phase: str,
    ) -> torch.Tensor:
        if x.dtype != torch.float64:  # autocast never casts it
            dtype = torch.get_autocast_dtype(device_type)
            x, weight = x.to(dtype), weight.to(dtype)
            bias = None if bias is None else bias.to(dtype)
        with torch.autocast(device_type, enabled=False):
            return torch.ops.cyclemlp.cycle_fc(x, weight, bias, stepsize, phase)

    _library.impl("cycle_fc", cast_and_call, key)


_library = torch.library.Library("cyclemlp", "FRAGMENT")
_register_autocast("cpu", "AutocastCPU")
_register_autocast("cuda", "AutocastCUDA")


@register_flop_formula(torch.ops.cyclemlp.cycle_fc)
def _flops(
    x_shape: Any, weight_shape: Any, *args: Any, out_shape: Any = None, **kwargs: Any
) -> int:
    """Count two FLOPs per multiply-add, as torch does for `mm`; the shift has no arithmetic."""
    batch, height, width, channels = x_shape
    return 2 * batch * height * width * channels * weight_shape[0]
