"""Fused GPU kernels: the gather happens in the loads of the product, so no moved copy exists.

    forward   y  = gather(x) · Wᵀ + b       each channel's load reads its own position
    gradient  gx = scatter(g · W)           each channel's store writes its own position
    gradient  gW = gᵀ · gather(x)           in slices of positions, whose sum is deterministic

Importing this module needs Triton; `cyclemlp.ops.backends` does so on the first CUDA call. Launch
settings are timed by Triton on the first call of each power of two of positions, never at import,
and an image's size compiles nothing new. Under Triton's interpreter, which has nothing to time, the
first setting serves: so the tests run without a GPU.
"""

# No `from __future__ import annotations`: Triton reads `tl.constexpr` off the annotations.

from functools import cache
from typing import Any

import torch
import triton
import triton.language as tl
from triton.runtime.interpreter import InterpretedFunction

from cyclemlp.ops.offsets import Cycle, period_start
from cyclemlp.ops.precision import allows_tf32

_SLICE = 4096  # positions of one partial sum of a weight's gradient
_SETTINGS = [
    {"BLOCK_M": m, "BLOCK_N": n, "BLOCK_K": k, "num_warps": w, "num_stages": s}
    for m, n, k, w, s in (
        (64, 64, 32, 4, 3),
        (128, 64, 32, 4, 3),
        (128, 128, 32, 8, 3),
        (128, 128, 64, 8, 3),
        (64, 128, 64, 4, 4),
        (64, 32, 32, 4, 4),
    )
]
# Numbers that vary from batch to batch: Triton would compile again for 1 and for multiples of 16.
_kernel = triton.jit(do_not_specialize=["M", "H", "W", "M_BITS"])


@triton.jit
def _offsets(c, START: tl.constexpr, S_H: tl.constexpr, S_W: tl.constexpr):
    """(δi, δj) of channels `c`: the formula of `period_offsets`."""
    at = c % (S_H * S_W) + START
    return at % S_H - S_H // 2, (at // S_H) % S_W - S_W // 2


@triton.jit
def _gathered(
    x, m, c, M, C, H, W, START: tl.constexpr, S_H: tl.constexpr, S_W: tl.constexpr
):  # fmt: skip
    """Positions `m` by channels `c` of the moved image, 0 outside."""
    di, dj = _offsets(c, START, S_H, S_W)
    i = (m // W % H)[:, None] + di[None, :]
    j = (m % W)[:, None] + dj[None, :]
    inside = (i >= 0) & (i < H) & (j >= 0) & (j < W) & (m < M)[:, None] & (c < C)[None, :]
    place = (m[:, None] + di[None, :] * W + dj[None, :]).to(tl.int64) * C + c[None, :]
    return tl.load(x + place, mask=inside, other=0.0)


@_kernel
def _forward(
    x, weight, bias, out, M, N, C, H, W, M_BITS,
    START: tl.constexpr, S_H: tl.constexpr, S_W: tl.constexpr, BIAS: tl.constexpr,
    ACC: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    n = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    total = tl.zeros((BLOCK_M, BLOCK_N), dtype=ACC)
    for k in range(0, C, BLOCK_K):
        c = k + tl.arange(0, BLOCK_K)
        left = _gathered(x, m, c, M, C, H, W, START, S_H, S_W)
        there = (n < N)[None, :] & (c < C)[:, None]
        right = tl.load(weight + n[None, :] * C + c[:, None], mask=there, other=0.0)
        total = tl.dot(left, right, total, input_precision=PRECISION, out_dtype=ACC)
    if BIAS:
        total += tl.load(bias + n, mask=n < N, other=0.0).to(ACC)[None, :]
    place = m.to(tl.int64)[:, None] * N + n[None, :]
    tl.store(out + place, total.to(out.dtype.element_ty), mask=(m < M)[:, None] & (n < N)[None, :])


@_kernel
def _grad_x(
    grad, weight, out, M, N, C, H, W, M_BITS,
    START: tl.constexpr, S_H: tl.constexpr, S_W: tl.constexpr,
    ACC: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    c = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    total = tl.zeros((BLOCK_M, BLOCK_N), dtype=ACC)
    for k in range(0, N, BLOCK_K):
        n = k + tl.arange(0, BLOCK_K)
        place = m.to(tl.int64)[:, None] * N + n[None, :]
        left = tl.load(grad + place, mask=(m < M)[:, None] & (n < N)[None, :], other=0.0)
        there = (n < N)[:, None] & (c < C)[None, :]
        right = tl.load(weight + n[:, None] * C + c[None, :], mask=there, other=0.0)
        total = tl.dot(left, right, total, input_precision=PRECISION, out_dtype=ACC)
    di, dj = _offsets(c, START, S_H, S_W)
    i = (m // W % H)[:, None] + di[None, :]
    j = (m % W)[:, None] + dj[None, :]
    inside = (i >= 0) & (i < H) & (j >= 0) & (j < W)
    # What leaves on one side stands for what enters on the other, which nothing reads: 0. Every
    # element of the result is so written once, and none has to be cleared before.
    i, j = ((i % H) + H) % H, ((j % W) + W) % W
    image = (m // W // H)[:, None]
    place = ((image * H + i) * W + j).to(tl.int64) * C + c[None, :]
    value = tl.where(inside, total, 0.0).to(out.dtype.element_ty)
    tl.store(out + place, value, mask=(m < M)[:, None] & (c < C)[None, :])


@_kernel
def _grad_weight(
    grad, x, out, M, N, C, H, W, M_BITS, SLICE,
    START: tl.constexpr, S_H: tl.constexpr, S_W: tl.constexpr,
    ACC: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    # All on the first axis of the grid: the other two end at 65,535.
    rows, columns = tl.cdiv(N, BLOCK_M), tl.cdiv(C, BLOCK_N)
    tile, part = tl.program_id(0) % (rows * columns), tl.program_id(0) // (rows * columns)
    n = tile % rows * BLOCK_M + tl.arange(0, BLOCK_M)
    c = tile // rows * BLOCK_N + tl.arange(0, BLOCK_N)
    last = tl.minimum((part + 1) * SLICE, M)
    total = tl.zeros((BLOCK_M, BLOCK_N), dtype=ACC)
    for k in range(part * SLICE, last, BLOCK_K):
        m = k + tl.arange(0, BLOCK_K)
        place = m.to(tl.int64)[None, :] * N + n[:, None]
        left = tl.load(grad + place, mask=(m < last)[None, :] & (n < N)[:, None], other=0.0)
        right = _gathered(x, m, c, last, C, H, W, START, S_H, S_W)
        total = tl.dot(left, right, total, input_precision=PRECISION, out_dtype=ACC)
    place = part.to(tl.int64) * N * C + n[:, None] * C + c[None, :]
    tl.store(out + place, total, mask=(n < N)[:, None] & (c < C)[None, :])


def forward(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, cycle: Cycle
) -> torch.Tensor:
    """`cycle_fc` itself. Shapes as there; any strides, which are made contiguous."""
    x, weight = x.contiguous(), weight.contiguous()
    rows, columns = x.shape[:3].numel(), weight.shape[0]
    out = x.new_empty((*x.shape[:3], columns))
    if out.numel():
        tensors = (x, weight, x if bias is None else bias.contiguous(), out)
        constants = {**_constants(x, cycle), "BIAS": bias is not None}
        _launch(_forward, tensors, x, columns, (rows, columns), constants)
    return out


def grad_x(
    grad: torch.Tensor, weight: torch.Tensor, shape: torch.Size, cycle: Cycle
) -> torch.Tensor:
    """Gradient with respect to x, which has this shape."""
    grad, weight = grad.contiguous(), weight.contiguous()
    out = torch.empty(shape, dtype=grad.dtype, device=grad.device)
    if out.numel():
        size = (shape[:3].numel(), shape[3])
        constants = _constants(grad, cycle)
        _launch(_grad_x, (grad, weight, out), out, weight.shape[0], size, constants)
    return out


def grad_weight(grad: torch.Tensor, x: torch.Tensor, cycle: Cycle) -> torch.Tensor:
    """Gradient with respect to the weight."""
    grad, x = grad.contiguous(), x.contiguous()
    rows, columns = grad.shape[3], x.shape[3]
    if not x.numel() or not rows:
        return x.new_zeros((rows, columns))
    slices = triton.cdiv(x.shape[:3].numel(), _SLICE)
    out = torch.empty((slices, rows, columns), dtype=_sums(x), device=x.device)
    size, constants = (rows, columns), _constants(x, cycle)
    _launch(_grad_weight, (grad, x, out), x, rows, size, constants, slices)
    return out.sum(0).to(x.dtype)


def _constants(x: torch.Tensor, cycle: Cycle) -> dict[str, Any]:
    height, width = cycle.stepsize
    tf32 = x.dtype == torch.float32 and allows_tf32()
    return {
        "START": period_start(cycle.stepsize, cycle.phase),
        "S_H": height,
        "S_W": width,
        "ACC": tl.float64 if x.dtype == torch.float64 else tl.float32,
        "PRECISION": "tf32" if tf32 else "ieee",
    }


def _sums(x: torch.Tensor) -> torch.dtype:
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def _launch(
    kernel: Any,
    tensors: tuple[torch.Tensor, ...],
    x: torch.Tensor,
    columns: int,
    size: tuple[int, int],
    constants: dict[str, Any],
    slices: int = 0,
) -> None:
    """Run a kernel over tiles of `size`, or with `slices` over all tiles once for each slice."""
    batch, height, width, channels = x.shape
    positions = batch * height * width
    numbers = [positions, columns, channels, height, width, positions.bit_length()]
    if slices:
        numbers.append(_SLICE)

    def grid(settings: dict[str, int]) -> tuple[int, ...]:
        rows = triton.cdiv(size[0], settings["BLOCK_M"])
        columns = triton.cdiv(size[1], settings["BLOCK_N"])
        return (slices * rows * columns,) if slices else (rows, columns)

    # Triton's own choice among settings takes as long as a small kernel at every call
    key = (
        kernel,
        x.dtype,
        x.device,
        columns,
        channels,
        positions.bit_length(),
        *constants.values(),
    )
    with torch.cuda.device_of(x):  # which leaves everything as it is for a CPU tensor
        chosen = _CHOSEN.get(key)
        if chosen is not None:
            kernel[grid](*tensors, *numbers, **constants, **chosen)
            return
        tuned = _tuned(kernel)
        tuned[grid](*tensors, *numbers, **constants)
        _CHOSEN[key] = tuned.best_config.all_kwargs()


_CHOSEN: dict[tuple[Any, ...], dict[str, Any]] = {}  # launch settings by kernel, dtype and sizes


@cache
def _tuned(kernel: Any) -> Any:
    """The kernel, its launch settings timed at the first call of about each size."""
    configs = []
    for settings in _SETTINGS[:1] if isinstance(kernel, InterpretedFunction) else _SETTINGS:
        blocks = {name: value for name, value in settings.items() if name.startswith("BLOCK")}
        configs.append(
            triton.Config(
                blocks, num_warps=settings["num_warps"], num_stages=settings["num_stages"]
            )
        )
    # the choice is kept in Triton's cache folder: timing takes seconds in every new process
    return triton.autotune(configs, key=["M_BITS", "N", "C"], cache_results=True)(kernel)
