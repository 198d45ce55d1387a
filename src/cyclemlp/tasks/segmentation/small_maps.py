"""The error about maps that are too small for a decoder's norms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn


@contextmanager
def norms_explained(network: nn.Module, images: Tensor) -> Iterator[None]:
    """Explain torch's error about norms over a single value.

    Group norms over as many groups as channels meet it on a coarsest map of one cell, i.e. images
    of up to 32 pixels; batch norms over pooled maps in training with one image.

    Args:
        network: that computes inside.
        images: ``(B, 3, H, W)``, its inputs.

    Raises:
        ValueError: a norm got one value per channel.
    """
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        count, (height, width) = len(images), images.shape[-2:]
        batch = "set --batch-size to 2 or more, or " if network.training else ""
        raise ValueError(
            "the norms of this decoder need more than one value per channel, and got one from "
            f"{count} image of {height} × {width} pixels; {batch}give larger images "
            "(--image-size), or train with more channels in decoder_args"
        ) from error
