"""What is done to whole training batches: MixUp, CutMix, another size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms import v2


class Mixer:
    """Mix each picture of a batch with its neighbour, by one ratio for the batch.

    As in DeiT's recipe a batch is mixed with probability `mix_prob`, and then by CutMix with
    probability `switch_prob`. The batch is shuffled first: torchvision mixes neighbours, and with
    repeated augmentation these are often the same picture (timm mixes first with last).

    All draws are from torch's global CPU generator: whoever seeds it repeats the mix.

    Args:
        num_classes: length of the soft targets.
        mixup: alpha of MixUp's Beta distribution; 0 for none.
        cutmix: alpha of CutMix's Beta distribution; 0 for none.
        mix_prob: probability of mixing at all.
        switch_prob: probability of CutMix where both are on.
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
    """Resize a batch to a side drawn for it, so that the network learns more than one size.

    The draw is from torch's global CPU generator: whoever seeds it repeats it.

    Args:
        sides: of the square batches, in pixels; each as likely as the others.
    """

    def __init__(self, sides: Sequence[int]) -> None:
        self.sides = tuple(sides)

    def __call__(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Resize ``(B, 3, H, W)`` images to ``(B, 3, side, side)``; the labels stay."""
        side = self.sides[int(torch.randint(len(self.sides), ()))]
        return F.interpolate(images, side, mode="bilinear", antialias=True), labels
