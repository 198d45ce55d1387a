"""Semantic segmentation: one class a pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cyclemlp.data.labels import ignore_index
from cyclemlp.data.layouts.finding import open_segmentation
from cyclemlp.data.split import Color, Split
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.data.transforms.segment import (
    SegmentationAugmentation,
    segmentation_eval_transform,
    segmentation_train_transform,
)
from cyclemlp.tasks.common.drawing import palette
from cyclemlp.tasks.contract import Task
from cyclemlp.tasks.segmentation.network import Segmenter
from cyclemlp.tasks.segmentation.prediction import SegmentationPrediction
from cyclemlp.tasks.segmentation.windows import window_labels

if TYPE_CHECKING:
    from cyclemlp.tasks.segmentation.metrics import SegmentationScores

_CLASSES_AT_ONCE = 16  # bounds the memory of logits brought to the size of a large image


class Segmentation(Task):
    """Pixelwise classification, any timm pyramid, any decoder of segmentation_models_pytorch.

    Args:
        classes: class names, in the order of the network's outputs.
        colors: of each class; by default a palette of distinct ones.
        decoder: ``fpn`` (Semantic FPN), ``upernet`` or another; see `Segmenter`.
        decoder_args: constructor arguments of the decoder.
        auxiliary: weight of an auxiliary head's cross-entropy; 0 for no such head.
        cross_entropy: weight of the cross-entropy.
        dice: weight of the Dice loss (Milletari et al., 3DV 2016).
        lovasz: weight of the Lovász-softmax loss (Berman et al., CVPR 2018).
        class_weights: of each class in the cross-entropy; by default all count alike.
        window: predict by overlapping windows of this side, in pixels, at the image's own size, in
            bounded memory; by default the whole image at once.
        overlap: least share that neighbouring windows have in common.
        scales: factors on the image's size whose probabilities are averaged.
        flip: whether the mirrored image's probabilities are averaged in.

    Raises:
        ValueError: a setting is out of range.
    """

    name = "segment"
    headline = "miou"
    ranking = "iou"
    pipeline_tag = "image-segmentation"
    augmentation = SegmentationAugmentation
    image_size = (512, 2048)  # of ADE20K's recipes: short and long side
    base_lr = (2e-4, 32)  # PVT's Semantic FPN
    stacks = False
    skips_parameters = True
    pictures = True

    def __init__(
        self,
        classes: Sequence[str],
        *,
        colors: Sequence[Color] = (),
        decoder: str = "fpn",
        decoder_args: Mapping[str, Any] | None = None,
        auxiliary: float = 0.0,
        cross_entropy: float = 1.0,
        dice: float = 0.0,
        lovasz: float = 0.0,
        class_weights: Sequence[float] | None = None,
        window: int | None = None,
        overlap: float = 1 / 3,
        scales: Sequence[float] = (1.0,),
        flip: bool = False,
    ) -> None:
        super().__init__(classes, colors=colors or palette(len(classes)))
        self.decoder = decoder
        self.decoder_args = dict(decoder_args or {})
        self.auxiliary = auxiliary
        self.weights = {"cross_entropy": cross_entropy, "dice": dice, "lovasz": lovasz}
        self.class_weights = None if class_weights is None else tuple(map(float, class_weights))
        self.window = window
        self.overlap = overlap
        self.scales = (scales,) if isinstance(scales, int | float) else tuple(scales)
        self.flip = flip
        self.ignore_index = ignore_index(len(self.classes))
        self.one_by_one = window is not None
        self._check()

    def _check(self) -> None:
        losses = {**self.weights, "auxiliary": self.auxiliary}
        if min(losses.values()) < 0 or not any(self.weights.values()):
            raise ValueError(f"loss weights are at least 0, and one of them above; got {losses}")
        if self.class_weights is not None and len(self.class_weights) != len(self.classes):
            raise ValueError(
                f"class_weights has a weight for each of the {len(self.classes)} classes; got "
                f"{len(self.class_weights)}"
            )
        if self.class_weights and not (
            all(0 <= weight < inf for weight in self.class_weights) and any(self.class_weights)
        ):
            raise ValueError(
                f"class_weights are at least 0, and one of them above; got {[*self.class_weights]}"
            )
        if self.window is not None and self.window < 32:
            raise ValueError(f"window is at least 32 pixels, got {self.window}")
        if not 0 <= self.overlap < 1:
            raise ValueError(f"overlap is at least 0 and below 1, got {self.overlap}")
        if not self.scales or min(self.scales) <= 0:
            raise ValueError(f"scales are factors above 0, got {list(self.scales)}")

    @property
    def network_settings(self) -> dict[str, Any]:
        """Decoder and auxiliary head."""
        return {
            "decoder": self.decoder,
            "decoder_args": self.decoder_args,
            "auxiliary": self.auxiliary,
        }

    @classmethod
    def open(cls, data: str, split: str, classes: Sequence[str] | None = None) -> Split:
        """Open images with index masks; see `open_segmentation` for the layouts."""
        return open_segmentation(data, split, classes)

    def build(self, model: str, pretrained: bool = False, **model_args: Any) -> Segmenter:
        """Return a `Segmenter` over timm's `model`."""
        return Segmenter(
            model,
            len(self.classes),
            self.decoder,
            self.decoder_args,
            self.auxiliary > 0,
            model_args,
            pretrained,
        )

    def backbone(self, network: nn.Module) -> nn.Module:
        """The timm feature network."""
        return network.network.encoder.model  # type: ignore[union-attr, return-value]  # a Segmenter

    def train_transform(
        self, preprocessing: Preprocessing, augmentation: SegmentationAugmentation
    ) -> Callable[..., Any]:
        """Scale, crop, flips, photometric distortion, as `augmentation` says."""
        return segmentation_train_transform(preprocessing, augmentation, len(self.classes))

    def eval_transform(self, preprocessing: Preprocessing) -> Callable[..., Any]:
        """Fit into the size; with windows, the image's own size."""
        return segmentation_eval_transform(preprocessing, resize=self.window is None)

    def losses(
        self, network: nn.Module, images: list[Tensor], targets: list[Tensor]
    ) -> dict[str, Tensor]:
        """The weighted losses; images ``(3, H, W)`` and masks ``(H, W)`` all of one size."""
        target = _stacked(targets)
        logits = _training_logits(network, _stacked(images))
        logits, beside = logits if isinstance(logits, tuple) else (logits, None)
        losses = {
            name: weight * _LOSSES[name](self, logits.float(), target)
            for name, weight in self.weights.items()
            if weight
        }
        if beside is not None:
            losses["auxiliary"] = self.auxiliary * self._cross_entropy(beside.float(), target)
        # alone it is called what its held-out counterpart is called, and shares its curve's panel
        return {"loss": losses["cross_entropy"]} if [*losses] == ["cross_entropy"] else losses

    def _cross_entropy(self, logits: Tensor, target: Tensor) -> Tensor:
        weight = None if self.class_weights is None else logits.new_tensor(self.class_weights)
        total = F.cross_entropy(
            logits, target, weight, ignore_index=self.ignore_index, reduction="sum"
        )
        counted = target != self.ignore_index
        if weight is None:
            return total / counted.sum().clamp(min=1)  # a crop may hold nothing that counts
        return total / weight[target[counted]].sum().clamp(min=1e-6)

    def _dice(self, logits: Tensor, target: Tensor) -> Tensor:
        from segmentation_models_pytorch.losses import MULTICLASS_MODE, DiceLoss

        return DiceLoss(MULTICLASS_MODE, ignore_index=self.ignore_index)(logits, target)

    def _lovasz(self, logits: Tensor, target: Tensor) -> Tensor:
        from segmentation_models_pytorch.losses import MULTICLASS_MODE, LovaszLoss

        loss = LovaszLoss(MULTICLASS_MODE, ignore_index=self.ignore_index)(logits, target)
        return loss.sum()  # one number, except where no pixel counts: then an empty tensor

    def infer(self, network: nn.Module, images: list[Tensor]) -> list[Tensor]:
        """For each image its logits ``(classes, H, W)``; with windows, classes ``(H, W)`` int32.

        Images of one size go through the network together; none is padded to another's size, so
        that a prediction does not depend on the batch.
        """
        logits_of = partial(self._logits, network)
        if self.window is not None:
            return [window_labels(logits_of, image, self.window, self.overlap) for image in images]
        outputs: dict[int, Tensor] = {}
        for size in dict.fromkeys(image.shape for image in images):
            alike = [i for i, image in enumerate(images) if image.shape == size]
            outputs |= zip(alike, logits_of(torch.stack([images[i] for i in alike])), strict=True)
        return [outputs[i] for i in range(len(images))]

    def _logits(self, network: nn.Module, images: Tensor) -> Tensor:
        """Logits, or the logarithms of probabilities averaged over scales and mirror images."""
        if self.scales == (1.0,) and not self.flip:
            return network(images).float()
        size = images.shape[-2:]
        probabilities = torch.zeros((), device=images.device)
        for scale in self.scales:
            wanted = [max(1, round(side * scale)) for side in size]
            scaled = F.interpolate(images, wanted, mode="bilinear", antialias=True)
            for flipped in (False, True) if self.flip else (False,):
                logits = network(scaled.flip(-1) if flipped else scaled).float()
                logits = logits.flip(-1) if flipped else logits
                logits = F.interpolate(logits, size, mode="bilinear")
                probabilities = probabilities + logits.softmax(1)
        views = len(self.scales) * (1 + self.flip)
        return (probabilities / views).clamp(min=1e-12).log()

    def metrics(self, detailed: bool = False) -> SegmentationScores:
        """Figures: miou, accuracy (of pixels), mean_accuracy (of classes); without windows, loss.

        Columns: iou, class_accuracy. Of one confusion matrix over the data set; a class that is
        neither there nor predicted does not count.
        """
        from cyclemlp.tasks.segmentation.metrics import SegmentationScores

        return SegmentationScores(len(self.classes), detailed, loss=self.window is None)

    def predictions(
        self, outputs: list[Tensor], sizes: Sequence[tuple[int, int]]
    ) -> list[SegmentationPrediction]:
        """A class for each pixel of the original image."""
        labels = [labels_at(output, size) for output, size in zip(outputs, sizes, strict=True)]
        return [SegmentationPrediction.of(one, self.classes, self.colors) for one in labels]

    def truth(self, target: Tensor) -> SegmentationPrediction:
        """The mask; what is to be ignored stays without a class."""
        return SegmentationPrediction.of(target, self.classes, self.colors)


_LOSSES: dict[str, Callable[[Segmentation, Tensor, Tensor], Tensor]] = {
    "cross_entropy": Segmentation._cross_entropy,
    "dice": Segmentation._dice,
    "lovasz": Segmentation._lovasz,
}


def labels_at(output: Tensor, size: tuple[int, int]) -> Tensor:
    """The most probable classes ``(H, W)`` at a size, of what `Segmentation.infer` gives.

    Logits are interpolated, some classes at a time; classes take the nearest pixel's.
    """
    if output.ndim == 2:
        if output.shape == size:
            return output
        return F.interpolate(output[None, None].float(), size, mode="nearest-exact")[0, 0].int()
    best = output.new_full(size, -torch.inf)
    labels = torch.zeros(size, dtype=torch.int32, device=output.device)
    for first in range(0, len(output), _CLASSES_AT_ONCE):
        part = output[None, first : first + _CLASSES_AT_ONCE]
        value, index = F.interpolate(part, size, mode="bilinear")[0].max(0)
        better = value > best
        best = torch.where(better, value, best)
        labels = torch.where(better, index.int() + first, labels)
    return labels


def _training_logits(network: nn.Module, images: Tensor) -> Any:
    try:
        return network(images)
    except ValueError as error:  # torch's, of a batch norm over one pixel
        if len(images) > 1 or "more than 1 value per channel" not in str(error):
            raise
        raise ValueError(
            "this decoder normalises whole images over the batch, and got one image; "
            "--batch-size 2 or more"
        ) from error


def _stacked(items: list[Tensor]) -> Tensor:
    if len({item.shape for item in items}) > 1:
        shapes = sorted({tuple(item.shape[-2:]) for item in items})
        raise ValueError(
            f"a training batch needs images of one size, got {shapes}; set --augment.crop"
        )
    return torch.stack(items)
