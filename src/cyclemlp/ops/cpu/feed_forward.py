"""The kernel of an MLP, as a function of tensors."""

from __future__ import annotations

from struct import Struct

import torch

from cyclemlp.ops.cpu import calling
from cyclemlp.ops.cpu.calling import Linear, Norm

_FEED_FORWARD = Struct("8Pd5q")  # `struct feed_forward` (`csrc/feed_forward.c`), as in `moving.py`


def add_feed_forward_(
    x: torch.Tensor,
    norm: Norm,
    fc1: Linear,
    fc2: Linear,
    packed: torch.Tensor | None = None,
    images: bool = False,
) -> torch.Tensor:
    """Add `fc2(GELU(fc1(norm(x))))` to x in place.

    Args:
        x: `(..., C)`, contiguous.
        norm: over C.
        fc1: from C to the hidden channels.
        fc2: from the hidden channels to C.
        packed: from `pack_feed_forward`, or None: pack the weights.
        images: whether the norm is over whole images, `(B, H, W, C)`, each with one mean and
            variance.
    """
    if x.numel() == 0:
        return x
    assert x.is_contiguous()
    kept = _feed_forward_tensors(x, norm, fc1, fc2)
    sizes = (*_sizes(x, len(fc1[0]), images), calling.threads())
    call = _FEED_FORWARD.pack(calling.at(x), *map(calling.at, (*kept, packed)), norm.eps, *sizes)
    calling.run("feed_forward", call, x.dtype)
    return x


def pack_feed_forward(norm: Norm, fc1: Linear, fc2: Linear) -> torch.Tensor:
    """Return the packed weights of an MLP, for `add_feed_forward_` with the same kernels."""
    weight = fc1[0]
    kept = _feed_forward_tensors(weight, norm, fc1, fc2)
    sizes = (1, weight.shape[1], len(weight), 0, calling.threads())
    return calling.pack(
        "feed_forward",
        lambda packed: _FEED_FORWARD.pack(0, *map(calling.at, (*kept, packed)), norm.eps, *sizes),
        weight.dtype,
    )


class PackedFeedForward:
    """The kernel of an MLP, checked and packed once.

    Args:
        norm: over C.
        fc1: from C to the hidden channels.
        fc2: from the hidden channels to C. No parameter may change.
        images: whether the norm is over whole images, see `add_feed_forward_`.
    """

    def __init__(self, norm: Norm, fc1: Linear, fc2: Linear, images: bool = False) -> None:
        self._images = images
        self._weights = pack_feed_forward(norm, fc1, fc2)
        self._kept = _feed_forward_tensors(fc1[0], norm, fc1, fc2)
        self._fixed = (*map(calling.at, (*self._kept, self._weights)), norm.eps)
        self._hidden, self._channels = fc1[0].shape

    def add_(self, x: torch.Tensor) -> torch.Tensor:
        """Compute `add_feed_forward_` of a contiguous x of the parameters' dtype and channels."""
        assert x.is_contiguous()
        assert x.shape[-1] == self._channels
        sizes = (*_sizes(x, self._hidden, self._images), calling.threads())
        call = _FEED_FORWARD.pack(x.data_ptr(), *self._fixed, *sizes)
        calling.run("feed_forward", call, x.dtype)
        return x


def _sizes(x: torch.Tensor, hidden: int, images: bool) -> tuple[int, int, int, int]:
    """Return the numbers of rows, channels, hidden channels, and rows of an image or 0."""
    image = x.shape[1:-1].numel() if images else 0
    return x.shape[:-1].numel(), x.shape[-1], hidden, image


def _feed_forward_tensors(
    x: torch.Tensor, norm: Norm, fc1: Linear, fc2: Linear
) -> list[torch.Tensor | None]:
    """Return the parameters of an MLP on x, contiguous, in the order of `struct feed_forward`."""
    tensors = [*calling.parameters(norm), *fc1, *fc2]
    channels, hidden = x.shape[-1], len(fc1[0])
    shapes = [(channels,)] * 2 + [(hidden, channels), (hidden,), (channels, hidden), (channels,)]
    calling.check(x, *zip(tensors, shapes, strict=True))
    return [None if t is None else t.contiguous() for t in tensors]
