"""The kernel of AS-MLP's mixer, as a function of tensors."""

from __future__ import annotations

from functools import partial
from struct import Struct
from typing import NamedTuple

import torch

from cyclemlp.ops.cpu import calling
from cyclemlp.ops.cpu.calling import Linear, Norm
from cyclemlp.ops.offsets import Slice

_AXIAL = Struct("19P3d7q")  # `struct axial` (`csrc/axial_plan.h`), as in `moving.py`


class AxialLayers(NamedTuple):
    """The layers of `x + proj(after(GELU(across(h)) + GELU(down(h))))`.

    `h = GELU(between(enter(before(x))))`; `across` and `down` read shifted channels.

    Attributes:
        norms: `before`, `between` and `after`, each over the positions and channels of an image.
        products: `enter`, `across`, `down` and `proj`, from C to C channels.
        slices: the channels that move in `across` and in `down`, see `plain.eager.shift`.
    """

    norms: tuple[Norm, Norm, Norm]
    products: tuple[Linear, Linear, Linear, Linear]
    slices: tuple[tuple[Slice, ...], tuple[Slice, ...]]


class AxialMixer:
    """The kernel of AS-MLP's mixer, checked once.

    Args:
        layers: the parameters, which must not change.
        pack: whether to pack the weights now, or at every call.
    """

    def __init__(self, layers: AxialLayers, pack: bool = True) -> None:
        weight = layers.products[0][0]
        self._channels, self._dtype = len(weight), weight.dtype
        tensors = [p for norm in layers.norms for p in calling.parameters(norm)]
        tensors += [p for product in layers.products for p in product]
        shapes = [(self._channels,)] * 6 + [(self._channels,) * 2, (self._channels,)] * 4
        calling.check(weight, *zip(tensors, shapes, strict=True))
        self._kept = [None if t is None else t.contiguous() for t in tensors]
        self._slices = [calling.numbers(slices) for slices in layers.slices]
        self._eps = [norm.eps for norm in layers.norms]
        self._counts = [len(slices) for slices in layers.slices]
        self._weights: torch.Tensor | None = None
        if pack:
            call = partial(self._call, (0, 0), (1, 1, 1, self._channels))
            self._weights = calling.pack("axial", call, self._dtype)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the mixer of a dense `(B, H, W, C)` of the dtype and channels of the layers."""
        assert x.shape[3] == self._channels
        assert x.dtype == self._dtype
        calling.check(x)
        x = x.contiguous()
        out = torch.empty_like(x)
        if x.numel() > 0:
            call = self._call((calling.at(out), calling.at(x)), x.shape, self._weights)
            calling.run("axial", call, x.dtype)
        return out

    def _call(
        self, places: tuple[int, int], shape: tuple[int, ...], packed: torch.Tensor | None
    ) -> bytes:
        """Return `struct axial`."""
        pointers = *map(calling.at, self._kept), *self._slices, calling.at(packed)
        return _AXIAL.pack(*places, *pointers, *self._eps, *self._counts, *shape, calling.threads())
