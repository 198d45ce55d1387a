"""The kernels as functions of tensors."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from struct import Struct
from typing import Any, NamedTuple, Protocol

import torch

from cyclemlp.ops.cpu import library, scratch
from cyclemlp.ops.layout import is_dense
from cyclemlp.ops.offsets import Group, moved_groups, period_offsets

Linear = tuple[torch.Tensor, torch.Tensor | None]  # weight (C_out, C), bias (C_out,)


# The C structures: pointers (P), doubles (d) and sizes (q), in the order of their members.
_MOVE = Struct("3P6q")
_GATHER = Struct("3P9q")
_CYCLE_FC = Struct("5P7q")
_MIXER = Struct("20Pd11q")
_FEED_FORWARD = Struct("8Pd4q")


class Norm(Protocol):
    """A layer norm over channels, as torch's is: weight and bias are `(C,)` or None."""

    weight: Any
    bias: Any
    eps: float


class MixerTensors(NamedTuple):
    """The parameters of a mixer, in the order of `struct mixer` (`csrc/mixer_plan.h`).

    Every parameter is a tensor, or None if the mixer does not have it.
    """

    norm_weight: Any
    norm_bias: Any
    width: Any
    height: Any
    channel: Any
    width_bias: Any
    height_bias: Any
    weight1: Any
    bias1: Any
    weight2: Any
    bias2: Any
    proj: Any
    proj_bias: Any


@dataclass(frozen=True)
class MixerLayers:
    """The parameters and settings of a mixer.

    Attributes:
        width: along the width, from C channels to C.
        height: along the height.
        channel: the channel FC's weight.
        reweight: the MLP that computes branch weights from means, None for a plain sum.
        proj: the projection after the branches.
        stepsize: `S`, at most `MOST_POSITIONS`.
        phase: see `cyclemlp.ops.cycle_offsets`.
        norm: a layer norm before the branches, or None.
        residual: a tensor that the result is added to, or None.
    """

    width: Linear
    height: Linear
    channel: torch.Tensor
    reweight: tuple[Linear, Linear] | None
    proj: Linear
    stepsize: int
    phase: str
    norm: Norm | None = None
    residual: torch.Tensor | None = None

    @property
    def reduced(self) -> int:
        """Hidden width of the MLP for branch weights; 0 if there is none."""
        return len(self.reweight[0][0]) if self.reweight else 0

    def tensors(self) -> MixerTensors:
        """Return all parameters."""
        (weight1, bias1), (weight2, bias2) = self.reweight or ((None, None), (None, None))
        norm_weight, norm_bias = _parameters(self.norm)
        return MixerTensors(
            norm_weight=norm_weight,
            norm_bias=norm_bias,
            width=self.width[0],
            height=self.height[0],
            channel=self.channel,
            width_bias=self.width[1],
            height_bias=self.height[1],
            weight1=weight1,
            bias1=bias1,
            weight2=weight2,
            bias2=bias2,
            proj=self.proj[0],
            proj_bias=self.proj[1],
        )


def shift(x: torch.Tensor, offsets: list[tuple[int, int]]) -> torch.Tensor:
    """Compute `cyclemlp.ops.plain.eager.shift`, for at most `MOST_POSITIONS` offsets."""
    _check(x)
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel() == 0:
        return out
    cycle = _cycle(tuple(offsets))
    call = _MOVE.pack(_at(out), _at(x), cycle, len(offsets), *x.shape, _threads())
    _run("move", call, x.dtype)
    return out


def gather_(out: torch.Tensor, x: torch.Tensor, first_row: int, groups: list[Group]) -> None:
    """Compute rows of `cyclemlp.ops.plain.gathered.gather`.

    Args:
        out: `(B, rows, W, K)`, contiguous; overwritten.
        x: `(B, H, W, C)`, contiguous and not empty.
        first_row: index of the first of the rows in the image.
        groups: see `moved_groups`.
    """
    _check(x, (out, (len(x), *out.shape[1:])))
    where = _at(out), _at(x), _groups(tuple(groups))
    call = _GATHER.pack(*where, len(groups), *x.shape, first_row, *out.shape[1::2], _threads())
    _run("gather", call, x.dtype)


def cycle_fc(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, offsets: list[tuple[int, int]]
) -> torch.Tensor:
    """Compute `plain.eager.shift_fc_eager`, for at most `MOST_POSITIONS` offsets; x not empty."""
    _check(x, (weight, (len(weight), x.shape[3])), (bias, (len(weight),)))
    x, weight = x.contiguous(), weight.contiguous()
    bias = None if bias is None else bias.contiguous()
    out = x.new_empty((*x.shape[:3], len(weight)))
    call = _CYCLE_FC.pack(
        *(_at(out), _at(x), _at(weight), _at(bias)),
        _cycle(tuple(offsets)),
        len(offsets),
        *x.shape,
        len(weight),
        _threads(),
    )
    _run("cycle_fc", call, x.dtype)
    return out


def folding_pays(x: torch.Tensor, scaled: bool, stepsize: int) -> bool:
    """Return whether `mixer` is faster with one matrix per image than with three branches.

    Measured on two cores with AVX-512 and AMX (docs/performance.md): in float32 from about as many
    positions as the matrix has columns, 7/3·C + 1 for stepsize 3; in bfloat16 from 800 to 1,000.
    With AVX2 the limit in float32 is the same.

    Args:
        x: `(B, H, W, C)`.
        scaled: whether the branches are weighted, so that each image has its own matrix.
        stepsize: `S`.
    """
    positions = x.shape[1 if scaled else 0 : 3].numel()
    columns = 3 * x.shape[3] - 2 * x.shape[3] // stepsize + 1
    few = 900 if x.dtype == torch.bfloat16 else 0
    return x.shape[3] % 16 == 0 and positions > max(columns, few)


def mixer(
    x: torch.Tensor, layers: MixerLayers, folded: bool, packed: torch.Tensor | None = None
) -> torch.Tensor:
    """Compute `residual + proj(Σ_k a_k ⊙ branch_k(norm(x)))`, see `cyclemlp.ops.plain.mixing`.

    Args:
        x: `(B, H, W, C)`.
        layers: of the dtype of x.
        folded: use one matrix per image for branches and projection; C is a multiple of 16.
        packed: from `pack_mixer`, or None: pack the weights.

    Returns:
        `(B, H, W, C)`.
    """
    tensors = [layers.residual, *layers.tensors()]
    shapes = [tuple(x.shape), *_mixer_shapes(x.shape[3], layers.reduced)]
    _check(x, *zip(tensors, shapes, strict=True))
    kept = [None if t is None else t.contiguous() for t in (x, *tensors)]
    out = x.new_empty(x.shape)
    if x.numel() == 0:
        return out
    _run("mixer", _mixer_call((out, *kept), layers, folded, x.shape, packed), x.dtype)
    return out


def pack_mixer(layers: MixerLayers) -> torch.Tensor:
    """Return the packed weights of a mixer, for `mixer` at any size with the same kernels."""
    channels, tensors = len(layers.channel), layers.tensors()
    shapes = _mixer_shapes(channels, layers.reduced)
    _check(layers.channel, *zip(tensors, shapes, strict=True))
    kept = [None if t is None else t.contiguous() for t in (None, None, None, *tensors)]
    call = partial(_mixer_call, kept, layers, False, (1, 1, 1, channels))
    return _pack("mixer", call, layers.channel.dtype)


def _mixer_call(
    tensors: Sequence[torch.Tensor | None],
    layers: MixerLayers,
    folded: bool,
    shape: Sequence[int],
    packed: torch.Tensor | None,
) -> bytes:
    """Return `struct mixer`; the tensors are its first members, contiguous."""
    step, phase, norm = layers.stepsize, layers.phase, layers.norm
    cycles = [_cycle(tuple(period_offsets(size, phase))) for size in ((1, step), (step, 1))]
    moved = moved_groups(step, phase)
    return _MIXER.pack(
        *map(_at, tensors),
        *(*cycles, _groups(tuple(moved)), _at(packed)),
        norm.eps if norm else 0.0,
        *(norm is None, layers.reweight is not None, folded, len(moved), step),
        *shape,
        layers.reduced,
        _threads(),
    )


def _mixer_shapes(channels: int, reduced: int) -> MixerTensors:
    square, row = (channels, channels), (channels,)
    return MixerTensors(
        norm_weight=row,
        norm_bias=row,
        width=square,
        height=square,
        channel=square,
        width_bias=row,
        height_bias=row,
        weight1=(reduced, channels),
        bias1=(reduced,),
        weight2=(3 * channels, reduced),
        bias2=(3 * channels,),
        proj=square,
        proj_bias=row,
    )


def add_feed_forward_(
    x: torch.Tensor, norm: Norm, fc1: Linear, fc2: Linear, packed: torch.Tensor | None = None
) -> torch.Tensor:
    """Add `fc2(GELU(fc1(norm(x))))` to x in place.

    Args:
        x: `(..., C)`, contiguous.
        norm: over C.
        fc1: from C to the hidden channels.
        fc2: from the hidden channels to C.
        packed: from `pack_feed_forward`, or None: pack the weights.
    """
    if x.numel() == 0:
        return x
    assert x.is_contiguous()
    kept = _feed_forward_tensors(x, norm, fc1, fc2)
    sizes = (x.shape[:-1].numel(), x.shape[-1], len(fc1[0]), _threads())
    call = _FEED_FORWARD.pack(_at(x), *map(_at, (*kept, packed)), norm.eps, *sizes)
    _run("feed_forward", call, x.dtype)
    return x


def pack_feed_forward(norm: Norm, fc1: Linear, fc2: Linear) -> torch.Tensor:
    """Return the packed weights of an MLP, for `add_feed_forward_` with the same kernels."""
    weight = fc1[0]
    kept = _feed_forward_tensors(weight, norm, fc1, fc2)
    sizes = (1, weight.shape[1], len(weight), _threads())
    return _pack(
        "feed_forward",
        lambda packed: _FEED_FORWARD.pack(0, *map(_at, (*kept, packed)), norm.eps, *sizes),
        weight.dtype,
    )


def _feed_forward_tensors(
    x: torch.Tensor, norm: Norm, fc1: Linear, fc2: Linear
) -> list[torch.Tensor | None]:
    """Return the parameters of an MLP on x, contiguous, in the order of `struct feed_forward`."""
    tensors = [*_parameters(norm), *fc1, *fc2]
    channels, hidden = x.shape[-1], len(fc1[0])
    shapes = [(channels,)] * 2 + [(hidden, channels), (hidden,), (channels, hidden), (channels,)]
    _check(x, *zip(tensors, shapes, strict=True))
    return [None if t is None else t.contiguous() for t in tensors]


def _pack(
    name: str, call: Callable[[torch.Tensor | None], bytes], dtype: torch.dtype
) -> torch.Tensor:
    """Pack weights; `call` returns the kernel's arguments with the memory that is filled."""
    kernels = library.find(dtype)
    size = kernels[f"{name}_packed_bytes"](call(None))
    packed = torch.empty(size, dtype=torch.uint8, device="cpu")
    kernels[f"{name}_pack"](call(packed))
    return packed


def _run(name: str, call: bytes, dtype: torch.dtype) -> None:
    kernels = library.find(dtype)
    buffer = scratch.take(kernels[f"{name}_bytes"](call))
    kernels[f"{name}_run"](call, buffer.data_ptr())
    scratch.give_back(buffer)


def _check(x: torch.Tensor, *pairs: tuple[torch.Tensor | None, tuple[int, ...]]) -> None:
    """Assert that it is safe to pass these tensors as addresses; callers check them before."""
    assert x.device.type == "cpu", x.device
    assert is_dense(x, *(tensor for tensor, _ in pairs))
    for tensor, shape in pairs:
        assert tensor is None or tensor.shape == shape, f"{tuple(tensor.shape)}, not {shape}"
        assert tensor is None or (tensor.dtype, tensor.device) == (x.dtype, x.device)


def _parameters(norm: Norm | None) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    return (None, None) if norm is None else (norm.weight, norm.bias)


def _at(tensor: torch.Tensor | None) -> int:
    return 0 if tensor is None else tensor.data_ptr()


def _threads() -> int:
    return torch.get_num_threads()


@cache
def _cycle(offsets: tuple[tuple[int, int], ...]) -> int:
    period = len(offsets)
    return _groups(tuple((r, period, di, dj) for r, (di, dj) in enumerate(offsets)))


_KEPT: list[ctypes.Array[ctypes.c_int64]] = []  # keeps alive what the addresses below point to


@cache
def _groups(groups: tuple[Group, ...]) -> int:
    numbers = [n for group in groups for n in group]
    array = (ctypes.c_int64 * len(numbers))(*numbers)
    _KEPT.append(array)
    return ctypes.addressof(array)
