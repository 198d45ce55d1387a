"""A training batch of segmentation: images of one size through the network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from cyclemlp.tasks.segmentation.small_maps import norms_explained


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
        ValueError: see `norms_explained`.
    """
    with norms_explained(network, images):
        logits = network(images)
    return logits if isinstance(logits, tuple) else (logits, None)
