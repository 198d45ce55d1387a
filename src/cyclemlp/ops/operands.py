"""The checks of the operands of an operator."""

from __future__ import annotations

import torch

from cyclemlp.ops.precision import is_cast


def check_operands(
    name: str, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
) -> None:
    """Raise ValueError if the operands of an operator do not fit together.

    Args:
        name: of the operator, for the message.
        x: `(B, H, W, C)`.
        weight: `(C_out, C)`.
        bias: `(C_out,)` or None.
    """
    if x.ndim != 4 or weight.ndim != 2 or x.shape[3] != weight.shape[1]:
        raise ValueError(
            f"{name} takes x of shape (B, H, W, C) and weight of shape (C_out, C) with one C; "
            f"received {_shapes(x, weight)}. For NCHW images use x.permute(0, 2, 3, 1)."
        )
    if bias is not None and (bias.ndim != 1 or bias.shape[0] != weight.shape[0]):
        raise ValueError(
            f"{name} takes bias of shape (C_out,) = ({weight.shape[0]},); received "
            f"{tuple(bias.shape)} with {_shapes(x, weight)}. Pass one value per row of weight, or "
            "None."
        )
    parameters = [weight] if bias is None else [weight, bias]
    strided = [x] if bias is None else [x, bias]
    if any(t.layout != torch.strided for t in strided):
        raise ValueError(
            f"{name} takes a strided x and bias, only weight may be sparse; received "
            f"{[str(t.layout) for t in strided]}. Use .to_dense()."
        )
    if any(p.device != x.device for p in parameters):
        raise ValueError(
            f"{name} takes x, weight and bias on one device; received "
            f"{[str(t.device) for t in (x, *parameters)]}. Move them with .to(device)."
        )
    if not x.is_floating_point():
        raise ValueError(
            f"{name} takes floating-point tensors; received x of {x.dtype}. Use x.float()."
        )
    if any(p.dtype != x.dtype for p in parameters) and not is_cast(x):
        raise ValueError(
            f"{name} takes x, weight and bias of one dtype outside autocast, which does not cast "
            f"float64; received {[str(t.dtype) for t in (x, *parameters)]}. Convert them with "
            ".to(dtype), or run under torch.autocast."
        )


def _shapes(x: torch.Tensor, weight: torch.Tensor) -> str:
    return f"x {tuple(x.shape)}, weight {tuple(weight.shape)}"
