"""`fc2(GELU(fc1(x)))` without its hidden activation in memory.

With few channels an MLP is bound by memory, not by arithmetic: the hidden activation, four or
eight times as large as the image, is written and read twice, in pages that the system clears at
the first access. Computed some rows at a time it stays in the cache. The gradient computes it
again: a sixth more arithmetic and far less memory traffic.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from cyclemlp.ops.tracing import gradients_in_operators, is_gradient_watched, is_traced

Linear = tuple[torch.Tensor, torch.Tensor | None]  # weight (C_out, C), bias (C_out,)

ROWS = 1024  # at a time: 256 lose 5 % to calls, 4096 of 256 channels gain nothing
LOW_PRECISION_ROWS = 4096  # products take less of the time, calls more


def add_feed_forward_(x: torch.Tensor, norm: Any, fc1: Linear, fc2: Linear) -> torch.Tensor:
    """Add `fc2(GELU(fc1(norm(x))))` to x in place, for inference.

    Args:
        x: `(..., C)` on the CPU, contiguous; overwritten.
        norm: over channels, from `(rows, C)` to the same; its result is cast to the dtype of `fc1`.
        fc1: to the hidden channels.
        fc2: back.
    """
    for rows in x.view(-1, x.shape[-1]).split(_rows(x)):
        _add_rows_(rows, norm(rows).to(fc1[0].dtype), fc1, fc2)
    return x


def add_mlp_(x: torch.Tensor, y: torch.Tensor, fc1: Linear, fc2: Linear) -> torch.Tensor:
    """Add `fc2(GELU(fc1(y)))` to x in place, for inference.

    Args:
        x: `(..., C)` on the CPU, contiguous; overwritten.
        y: of the shape of x and the dtype of `fc1`.
        fc1: to the hidden channels.
        fc2: back.
    """
    channels, some = x.shape[-1], _rows(x)
    pairs = zip(x.view(-1, channels).split(some), y.reshape(-1, channels).split(some), strict=True)
    for rows, operand in pairs:
        _add_rows_(rows, operand, fc1, fc2)
    return x


def _add_rows_(rows: torch.Tensor, operand: torch.Tensor, fc1: Linear, fc2: Linear) -> None:
    hidden = _linear_gelu(operand, fc1)
    if rows.dtype == hidden.dtype and fc2[1] is not None:
        rows.add_(fc2[1]).addmm_(hidden, fc2[0].T)  # neither the bias nor the sum is copied
    else:
        rows.add_(F.linear(hidden, *fc2))


def feed_forward(x: torch.Tensor, fc1: Linear, fc2: Linear) -> torch.Tensor:
    """Compute `fc2(GELU(fc1(x)))` for training: keep x and recompute the rest for the gradient.

    Args:
        x: `(..., C)` on the CPU.
        fc1: to the hidden channels, with a bias.
        fc2: back, with a bias.

    Returns:
        `(..., C_out)`.
    """
    assert fc1[1] is not None
    assert fc2[1] is not None
    if is_traced():
        return _definition(x, *fc1, *fc2)  # pyright: ignore[reportArgumentType]
    return _FeedForward.apply(x, *fc1, *fc2)  # pyright: ignore[reportReturnType]


def recomputing_pays(shape: torch.Size, dtype: torch.dtype) -> bool:
    """Return whether `feed_forward` trains faster than the layers one by one.

    Measured on one core with AVX-512, batch 8, ratio 4, forward and backward: 1.5 times as fast at
    56x56x64, 1.1 at 28x28x128, 0.85 at 14x14x320; never in bfloat16, where products are cheap and
    the gradient's partial sums would be rounded.
    """
    rows, channels = shape[:-1].numel(), shape[-1]
    return dtype in (torch.float32, torch.float64) and channels <= 128 and rows >= 4 * ROWS


def _rows(x: torch.Tensor) -> int:
    return ROWS if x.element_size() >= 4 else LOW_PRECISION_ROWS


def _linear_gelu(x: torch.Tensor, fc: Linear) -> torch.Tensor:
    """Compute GELU inside oneDNN's product if available, as torch.compile does, else in place."""
    if torch.backends.mkldnn.enabled and _onednn_pays(x):
        return torch.ops.mkldnn._linear_pointwise(x, *fc, "gelu", [], "none")
    return torch.ops.aten.gelu_(F.linear(x, *fc))


def _onednn_pays(x: torch.Tensor) -> bool:
    onednn = torch.ops.mkldnn  # these operators are private to torch, so each is looked up
    if not hasattr(onednn, "_linear_pointwise"):
        return False
    if x.dtype == torch.bfloat16:  # measured: 1.4 times as fast at 64 channels, even from 320
        return x.shape[-1] <= 128 and onednn._is_mkldnn_bf16_supported()
    # measured with AVX2: its GELU takes longer than the product and torch's together
    return x.dtype == torch.float32 and torch.backends.cpu.get_cpu_capability() == "AVX512"


class _FeedForward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, *parameters: torch.Tensor) -> Any:
        ctx.save_for_backward(x, *parameters)
        w1, b1, w2, b2 = parameters
        out = x.new_empty((*x.shape[:-1], len(w2)))
        for rows, result in zip(
            x.flatten(0, -2).split(ROWS), out.view(-1, out.shape[-1]).split(ROWS), strict=True
        ):
            torch.addmm(b2, _linear_gelu(rows, (w1, b1)), w2.T, out=result)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        inputs, needs = ctx.saved_tensors, ctx.needs_input_grad
        if is_gradient_watched():
            return tuple(gradients_in_operators(_definition, inputs, needs, grads[0]))
        return tuple(_gradients(inputs, needs, grads[0].flatten(0, -2)))


def _definition(
    x: torch.Tensor, w1: torch.Tensor, b1: torch.Tensor, w2: torch.Tensor, b2: torch.Tensor
) -> torch.Tensor:
    return F.linear(F.gelu(F.linear(x, w1, b1)), w2, b2)


def _gradients(
    inputs: tuple[torch.Tensor, ...], needs: tuple[bool, ...], grad: torch.Tensor
) -> list[torch.Tensor | None]:
    """Compute the required gradients, some rows at a time."""
    x, w1, b1, w2, _ = inputs
    needs_x, needs_w1, needs_b1, needs_w2, _ = needs
    flat = x.flatten(0, -2)
    grad_x = torch.empty(flat.shape, dtype=x.dtype, device=x.device)
    grad_w1, grad_b1, grad_w2 = (torch.zeros_like(p) for p in (w1, b1, w2))
    for i in range(0, len(flat), ROWS):
        rows, upstream = flat[i : i + ROWS], grad[i : i + ROWS]
        before = F.linear(rows, w1, b1)
        if needs_w2:
            grad_w2.addmm_(upstream.T, F.gelu(before))
        if not any(needs[:3]):
            continue
        hidden = torch.ops.aten.gelu_backward(upstream @ w2, before)
        if needs_w1:
            grad_w1.addmm_(hidden.T, rows)
        if needs_b1:
            grad_b1 += hidden.sum(0)
        if needs_x:
            torch.mm(hidden, w1, out=grad_x[i : i + ROWS])
    found = (grad_x.view(x.shape), grad_w1, grad_b1, grad_w2, grad.sum(0))
    return [t if need else None for t, need in zip(found, needs, strict=True)]
