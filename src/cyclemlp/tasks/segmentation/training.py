"""A training batch of segmentation: images of one size through the network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def stacked(items: Sequence[Tensor]) -> Tensor:
    """Stack images or masks.

    Raises:
        ValueError: they differ in size.
    """
    if len({item.shape for item in items}) > 1:
        shapes = sorted({tuple(item.shape[-2:]) for item in items})
        raise ValueError(
            f"a training batch needs images of one size, got {shapes}; set --augment.crop"
        )
    return torch.stack(list(items))


def training_logits(network: nn.Module, images: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return the logits of a `Segmenter` in training mode, and those of its auxiliary head or None.

    Args:
        network: possibly wrapped for several devices.
        images: ``(B, 3, H, W)``.

    Raises:
        ValueError: the decoder has batch norm over whole images and got one image.
    """
    try:
        logits = network(images)
    except ValueError as error:  # torch's error of a batch norm over one value per channel
        if len(images) > 1 or "more than 1 value per channel" not in str(error):
            raise
        raise ValueError(
            "this decoder has batch norm over whole images, which needs at least two images, and "
            "got one image; set --batch-size to 2 or more"
        ) from error
    return logits if isinstance(logits, tuple) else (logits, None)
