"""The shifted copy of an image as one GPU kernel, by Triton.

torch's strided copies take the channels of each offset separately, two bytes at a time. The kernel
reads a whole vector of channels for each offset of the cycle and selects among them, at the rate
of the memory (docs/performance.md, "Measured on a GPU"). It is exact in every dtype, needs no
tuning, and is compiled once for each cycle and number of channels. For a table of any offsets it
reads element by element.

Importing this module needs Triton; `cyclemlp.ops.backends` does so on the first CUDA call.
"""

# No `from __future__ import annotations`: Triton reads `tl.constexpr` off the annotations.

from functools import cache
from math import gcd
from typing import Any

import torch
import triton
import triton.language as tl

from cyclemlp.ops.offsets import Cycle, period_start
from cyclemlp.ops.tables import Moves

_ELEMENTS = 4096  # of a tile
_MOST_CHANNELS = 256  # of a tile: a power of two
# Reading one vector for each offset costs as much as reading element by element from about here.
_MOST_VECTORS = 12
# These vary between batches; Triton would compile again for 1 and for multiples of 16.
_kernel = triton.jit(do_not_specialize=["M", "H", "W"])


@_kernel
def _shift(
    x, out, table, M, C, H, W,
    START: tl.constexpr, S_H: tl.constexpr, S_W: tl.constexpr, SIGN: tl.constexpr,
    PERIOD: tl.constexpr, VECTORS: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    c = tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C)
    i, j = (m // W % H)[:, None], (m % W)[:, None]
    there = (m < M)[:, None] & (c < C)[None, :]
    place = m.to(tl.int64)[:, None] * C + c[None, :]
    # offsets from a table, or by the formula of `period_offsets`: for each channel, or for all
    # channels of an offset
    if PERIOD:
        at = c % PERIOD
        di = SIGN * tl.load(table + 2 * at)[None, :]
        dj = SIGN * tl.load(table + 2 * at + 1)[None, :]
        inside = (i + di >= 0) & (i + di < H) & (j + dj >= 0) & (j + dj < W)
        moved = tl.load(x + place + (di * W + dj) * C, mask=there & inside, other=0.0)
    elif VECTORS:
        moved = tl.zeros((BLOCK_M, BLOCK_C), dtype=x.dtype.element_ty)
        for r in tl.static_range(S_H * S_W):  # pyright: ignore[reportGeneralTypeIssues]
            di = SIGN * ((r + START) % S_H - S_H // 2)
            dj = SIGN * ((r + START) // S_H % S_W - S_W // 2)
            inside = (i + di >= 0) & (i + di < H) & (j + dj >= 0) & (j + dj < W)
            vectors = tl.load(x + place + (di * W + dj) * C, mask=there & inside, other=0.0)
            moved = tl.where((c % (S_H * S_W) == r)[None, :], vectors, moved)
    else:
        at = (c % (S_H * S_W) + START)[None, :]
        di = SIGN * (at % S_H - S_H // 2)
        dj = SIGN * (at // S_H % S_W - S_W // 2)
        inside = (i + di >= 0) & (i + di < H) & (j + dj >= 0) & (j + dj < W)
        moved = tl.load(x + place + (di * W + dj) * C, mask=there & inside, other=0.0)
    tl.store(out + place, moved, mask=there)


def shift(x: torch.Tensor, moves: Moves, back: bool = False) -> torch.Tensor:
    """Shift every channel by its offset, see `cyclemlp.ops.shift_then_product.Shift`.

    Args:
        x: `(B, H, W, C)`, any strides; copied if not contiguous.
        moves: the offsets.
        back: whether to shift by the opposite offsets.

    Returns:
        Contiguous `(B, H, W, C)`.
    """
    x = x.contiguous()
    out = torch.empty_like(x)
    if not x.numel():
        return out
    _, height, width, channels = x.shape
    positions = x.shape[:3].numel()
    block_c = _channels_of_a_tile(channels)
    block_m = _ELEMENTS // block_c
    grid = (triton.cdiv(positions, block_m), triton.cdiv(channels, block_c))
    table, constants = _offsets(x, moves)
    constants |= {"SIGN": -1 if back else 1, "BLOCK_M": block_m, "BLOCK_C": block_c}
    with torch.cuda.device_of(x):  # does nothing for a CPU tensor
        _shift[grid](x, out, table, positions, channels, height, width, **constants)
    return out


def _offsets(x: torch.Tensor, moves: Moves) -> tuple[torch.Tensor | None, dict[str, Any]]:
    """Return the table in the memory of the device, or None for a cycle, and the constants."""
    if isinstance(moves, Cycle):
        start, (height, width) = period_start(moves.stepsize, moves.phase), moves.stepsize
        vectors = height * width <= _MOST_VECTORS
        cycle = {"START": start, "S_H": height, "S_W": width, "PERIOD": 0, "VECTORS": vectors}
        return None, cycle
    none = {"START": 0, "S_H": 1, "S_W": 1, "PERIOD": moves.length, "VECTORS": False}
    return _on_device(tuple(moves.offsets), x.device), none


@cache
def _on_device(offsets: tuple[tuple[int, int], ...], device: torch.device) -> torch.Tensor:
    return torch.tensor(offsets, dtype=torch.int32, device=device)


def _channels_of_a_tile(channels: int) -> int:
    """Return a power of two that divides the channels if that is wide enough, else covers them."""
    divisor = gcd(channels, _MOST_CHANNELS)
    return divisor if divisor >= 32 else min(triton.next_power_of_2(channels), _MOST_CHANNELS)
