"""What the calls of all kernels share: checks, addresses, packing and running."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import torch

from cyclemlp.ops.cpu import library, scratch
from cyclemlp.ops.layout import is_dense

Linear = tuple[torch.Tensor, torch.Tensor | None]  # weight (C_out, C), bias (C_out,)


class Norm(Protocol):
    """A layer norm over channels, as torch's is: weight and bias are `(C,)` or None."""

    weight: Any
    bias: Any
    eps: float


def run(name: str, call: bytes, dtype: torch.dtype) -> None:
    """Run a kernel; `call` is its structure of arguments."""
    kernels = library.find(dtype)
    buffer = scratch.take(kernels[f"{name}_bytes"](call))
    kernels[f"{name}_run"](call, buffer.data_ptr())
    scratch.give_back(buffer)


def pack(
    name: str, call: Callable[[torch.Tensor | None], bytes], dtype: torch.dtype
) -> torch.Tensor:
    """Pack weights; `call` returns the kernel's arguments with the memory that is filled."""
    kernels = library.find(dtype)
    size = kernels[f"{name}_packed_bytes"](call(None))
    packed = torch.empty(size, dtype=torch.uint8, device="cpu")
    kernels[f"{name}_pack"](call(packed))
    return packed


def check(x: torch.Tensor, *pairs: tuple[torch.Tensor | None, tuple[int, ...]]) -> None:
    """Assert that it is safe to pass these tensors as addresses; callers check them before."""
    assert x.device.type == "cpu", x.device
    assert is_dense(x, *(tensor for tensor, _ in pairs))
    for tensor, shape in pairs:
        assert tensor is None or tensor.shape == shape, f"{tuple(tensor.shape)}, not {shape}"
        assert tensor is None or (tensor.dtype, tensor.device) == (x.dtype, x.device)


def parameters(norm: Norm | None) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Return weight and bias of a norm, None without one."""
    return (None, None) if norm is None else (norm.weight, norm.bias)


def at(tensor: torch.Tensor | None) -> int:
    """Return the address of a tensor, 0 for None."""
    return 0 if tensor is None else tensor.data_ptr()


def threads() -> int:
    """Return the number of threads that kernels use."""
    return torch.get_num_threads()


@cache
def cycle(offsets: tuple[tuple[int, int], ...]) -> int:
    """Return the address of a cycle's offsets, which stay there."""
    period = len(offsets)
    return numbers(tuple((r, period, di, dj) for r, (di, dj) in enumerate(offsets)))


_KEPT: list[ctypes.Array[ctypes.c_int64]] = []  # keeps alive what the addresses below point to


@cache
def numbers(rows: tuple[tuple[int, ...], ...]) -> int:
    """Return the address of the integers of some rows, which stay there."""
    flat = [n for row in rows for n in row]
    array = (ctypes.c_int64 * max(1, len(flat)))(*flat)  # no rows have an address, too
    _KEPT.append(array)
    return ctypes.addressof(array)
