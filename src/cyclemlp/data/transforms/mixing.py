"""Augmentation of whole training batches: MixUp, CutMix and other sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms import v2

BatchTransform = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Takes and returns a batch's images and targets."""


def in_turn(steps: Sequence[BatchTransform]) -> BatchTransform:
    """Return the function that applies all steps, in order."""
    return steps[0] if len(steps) == 1 else partial(_apply, tuple(steps))


def _apply(
    steps: Sequence[BatchTransform], images: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor]:
    for step in steps:
        images, labels = step(images, labels)
    return images, labels


class Mixer:
    """MixUp and CutMix: each image is mixed with another one, with one ratio per batch.

    As in DeiT's recipe, a batch is mixed with probability `mix_prob`, and by CutMix with
    probability `switch_prob`. The batch is shuffled first: torchvision mixes adjacent images, which
    repeated augmentation often makes from the same image (timm mixes the first with the last).

    All draws are from torch's global CPU generator.

    Args:
        num_classes: length of the soft targets.
        mixup: alpha of MixUp's Beta distribution; 0 turns it off.
        cutmix: alpha of CutMix's Beta distribution; 0 turns it off.
        mix_prob: probability that a batch is mixed.
        switch_prob: probability of CutMix instead of MixUp if both are on.
    """

    def __init__(
        self,
        num_classes: int,
        mixup: float,
        cutmix: float,
        mix_prob: float = 1.0,
        switch_prob: float = 0.5,
    ) -> None:
        self.num_classes = num_classes
        self.mix_prob = mix_prob
        if mixup and cutmix:
            self.cutmix_prob = switch_prob
        else:
            self.cutmix_prob = 1.0 if cutmix else 0.0
        self._mixup = v2.MixUp(alpha=mixup or 1.0, num_classes=num_classes)
        self._cutmix = v2.CutMix(alpha=cutmix or 1.0, num_classes=num_classes)

    def __call__(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Mix a batch.

        Args:
            images: ``(B, 3, H, W)``, floating point.
            labels: ``(B,)``, integers.

        Returns:
            Images of the same shape, and probabilities ``(B, num_classes)``.
        """
        mix, switch = torch.rand(2).tolist()
        if mix >= self.mix_prob:
            return images, F.one_hot(labels, self.num_classes).to(images.dtype)
        order = torch.randperm(len(images)).to(images.device)
        images, labels = images[order], labels[order]
        return (self._cutmix if switch < self.cutmix_prob else self._mixup)(images, labels)


class Resizer:
    """Resizing of each batch to a random size, so that the network learns several sizes.

    The size is drawn from torch's global CPU generator.

    Args:
        sides: sides of the square images, in pixels; all are equally likely.
    """

    def __init__(self, sides: Sequence[int]) -> None:
        self.sides = tuple(sides)

    def __call__(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Resize images ``(B, 3, H, W)`` to ``(B, 3, side, side)``; labels are unchanged."""
        side = self.sides[int(torch.randint(len(self.sides), ()))]
        return F.interpolate(images, side, mode="bilinear", antialias=True), labels
