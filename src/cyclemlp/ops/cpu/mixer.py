"""The kernel of a mixer, as a function of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from struct import Struct
from typing import NamedTuple

import torch

from cyclemlp.ops.cpu import calling
from cyclemlp.ops.cpu.mixer_layers import MixerLayers, MixerTensors
from cyclemlp.ops.offsets import moved_groups, period_offsets

_MIXER = Struct("20Pd11q")  # `struct mixer` (`csrc/mixer_plan.h`), as in `moving.py`


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
    calling.check(x, *zip(tensors, shapes, strict=True))
    kept = [None if t is None else t.contiguous() for t in (x, *tensors)]
    out = x.new_empty(x.shape)
    if x.numel() == 0:
        return out
    calling.run("mixer", _mixer_call((out, *kept), layers, folded, x.shape, packed), x.dtype)
    return out


def pack_mixer(layers: MixerLayers) -> torch.Tensor:
    """Return the packed weights of a mixer, for `mixer` at any size with the same kernels."""
    channels, tensors = len(layers.channel), layers.tensors()
    shapes = _mixer_shapes(channels, layers.reduced)
    calling.check(layers.channel, *zip(tensors, shapes, strict=True))
    kept = [None if t is None else t.contiguous() for t in (None, None, None, *tensors)]
    call = partial(_mixer_call, kept, layers, False, (1, 1, 1, channels))
    return calling.pack("mixer", call, layers.channel.dtype)


class PackedMixer:
    """The kernel of a mixer with a norm and its input as the residual, checked and packed once.

    Args:
        layers: the parameters, which must not change; their residual is not used.
    """

    def __init__(self, layers: MixerLayers) -> None:
        self._layers = layers
        self._weights = pack_mixer(layers)
        self._kept = [None if t is None else t.contiguous() for t in layers.tensors()]
        self._fixed = _fixed(self._kept, layers, self._weights)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Compute `mixer` of a dense `(B, H, W, C)` of the dtype and channels of the parameters."""
        x = x.contiguous()
        assert x.shape[3] == len(self._layers.channel)
        folded = folding_pays(x, self._layers.reweight is not None, self._layers.stepsize)
        out = torch.empty_like(x)
        places = out.data_ptr(), x.data_ptr(), x.data_ptr()
        calling.run("mixer", _packed_call(places, self._fixed, folded, x.shape), x.dtype)
        return out


class _Fixed(NamedTuple):
    """What stays from call to call in `struct mixer`, in its order.

    Attributes:
        pointers: to parameters, offsets and packed weights.
        eps: of the norm.
        flags: whether there is no norm, and whether branches are weighted.
        moves: numbers of groups and of positions in a cycle.
        reduced: see `MixerLayers.reduced`.
    """

    pointers: tuple[int, ...]
    eps: float
    flags: tuple[bool, bool]
    moves: tuple[int, int]
    reduced: int


def _mixer_call(
    tensors: Sequence[torch.Tensor | None],
    layers: MixerLayers,
    folded: bool,
    shape: Sequence[int],
    packed: torch.Tensor | None,
) -> bytes:
    """Return `struct mixer`; the tensors are its first members, contiguous."""
    places = calling.at(tensors[0]), calling.at(tensors[1]), calling.at(tensors[2])
    return _packed_call(places, _fixed(tensors[3:], layers, packed), folded, shape)


def _fixed(
    parameters: Sequence[torch.Tensor | None], layers: MixerLayers, packed: torch.Tensor | None
) -> _Fixed:
    step, phase, norm = layers.stepsize, layers.phase, layers.norm
    cycles = [calling.cycle(tuple(period_offsets(size, phase))) for size in ((1, step), (step, 1))]
    moved = moved_groups(step, phase)
    groups = calling.numbers(tuple(moved))
    return _Fixed(
        pointers=(*map(calling.at, parameters), *cycles, groups, calling.at(packed)),
        eps=norm.eps if norm else 0.0,
        flags=(norm is None, layers.reweight is not None),
        moves=(len(moved), step),
        reduced=layers.reduced,
    )


def _packed_call(
    places: tuple[int, int, int], fixed: _Fixed, folded: bool, shape: Sequence[int]
) -> bytes:
    """Return `struct mixer` for an output, an input and a residual at these addresses."""
    pointers, eps, flags, moves, reduced = fixed
    sizes = (*moves, *shape, reduced, calling.threads())
    return _MIXER.pack(*places, *pointers, eps, *flags, folded, *sizes)


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
