"""Registration of an operator with torch: fake kernel, gradient, autocast rule and FLOP formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import register_flop_formula

from cyclemlp.ops.moved_product import compute, gradients, keep
from cyclemlp.ops.tables import Moves

_library = torch.library.Library("cyclemlp", "FRAGMENT")


def register(name: str, settings: str, moves_of: Callable[..., Moves]) -> None:
    """Register `torch.ops.cyclemlp.NAME(x, weight, bias, *settings)`.

    Args:
        name: of the operator.
        settings: the declaration of the arguments after the bias, in torch's schema language.
        moves_of: from these arguments to the offsets.
    """

    def operator(
        x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, *settings: Any
    ) -> torch.Tensor:
        return compute(x, weight, bias, moves_of(*settings))

    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        x, weight, _, *settings = inputs
        ctx.settings = len(settings)
        keep(ctx, x, weight, moves_of(*settings))

    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return (*gradients(ctx, grad), *[None] * ctx.settings)

    full, schema = f"cyclemlp::{name}", f"(Tensor x, Tensor weight, Tensor? bias, {settings})"
    defined = torch.library.custom_op(full, operator, mutates_args=(), schema=f"{schema} -> Tensor")
    defined.register_fake(lambda x, weight, *_: x.new_empty((*x.shape[:3], weight.shape[0])))
    defined.register_autograd(backward, setup_context=setup_context)
    packet = getattr(torch.ops.cyclemlp, name)
    for device_type, key in (("cpu", "AutocastCPU"), ("cuda", "AutocastCUDA")):
        _library.impl(name, _casting(packet, device_type), key)
    register_flop_formula(packet)(_flops)


def _casting(packet: Any, device_type: str) -> Callable[..., torch.Tensor]:
    """Return the operator in the current dtype of autocast.

    `torch.library.register_autocast` fixes one dtype at registration; autocast has two.
    """

    def cast_and_call(
        x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, *settings: Any
    ) -> torch.Tensor:
        if x.dtype != torch.float64:  # autocast never casts it
            dtype = torch.get_autocast_dtype(device_type)
            x, weight = x.to(dtype), weight.to(dtype)
            bias = None if bias is None else bias.to(dtype)
        with torch.autocast(device_type, enabled=False):
            return packet(x, weight, bias, *settings)

    return cast_and_call


def _flops(
    x_shape: Any, weight_shape: Any, *args: Any, out_shape: Any = None, **kwargs: Any
) -> int:
    """Count two FLOPs per multiply-add, as torch does for `mm`; the shift has no arithmetic."""
    batch, height, width, channels = x_shape
    return 2 * batch * height * width * channels * weight_shape[0]
