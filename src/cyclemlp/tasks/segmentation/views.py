"""Test-time augmentation: probabilities averaged over scales and the mirrored image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cyclemlp.tasks.segmentation.small_maps import norms_explained


class Views:
    """The scaled and mirrored versions of an image whose probabilities are averaged.

    Args:
        scales: factors on the image's size; a number stands for a single factor.
        flip: whether the mirrored image is added at each scale.

    Raises:
        ValueError: a factor is not above 0, or there is none.
    """

    def __init__(self, scales: float | Sequence[float] = (1.0,), flip: bool = False) -> None:
        self.scales = (scales,) if isinstance(scales, int | float) else tuple(scales)
        self.flip = flip
        if not self.scales or min(self.scales) <= 0:
            raise ValueError(f"scales must be factors above 0, got {list(self.scales)}")

    def logits(self, network: nn.Module, images: Tensor) -> Tensor:
        """Return logits ``(B, classes, H, W)``; of several views, the log of mean probabilities."""
        if self.scales == (1.0,) and not self.flip:
            return _logits(network, images)
        total = torch.zeros((), device=images.device)
        for scale in self.scales:
            for mirrored in (False, True) if self.flip else (False,):
                total = total + _probabilities(network, images, scale, mirrored)
        views = len(self.scales) * (1 + self.flip)
        return (total / views).clamp(min=1e-12).log()


def _logits(network: nn.Module, images: Tensor) -> Tensor:
    with norms_explained(network, images):
        return network(images).float()


def _probabilities(network: nn.Module, images: Tensor, scale: float, mirrored: bool) -> Tensor:
    """Return the probabilities of one view, at the images' own size and orientation."""
    size = images.shape[-2:]
    wanted = [max(1, round(side * scale)) for side in size]
    view = F.interpolate(images, wanted, mode="bilinear", antialias=True)
    logits = _logits(network, view.flip(-1) if mirrored else view)
    logits = logits.flip(-1) if mirrored else logits
    return F.interpolate(logits, size, mode="bilinear").softmax(1)
