"""The task ``segment``: one class per pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from cyclemlp.data.augmentation.segment import SegmentationAugmentation
from cyclemlp.data.colors import Color
from cyclemlp.data.labels import ignore_index
from cyclemlp.data.layouts.finding import open_segmentation
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.pipeline import Change
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.data.transforms.segment import (
    segmentation_eval_transform,
    segmentation_train_transform,
)
from cyclemlp.tasks.common.dense import DenseTask
from cyclemlp.tasks.common.same_size import run_by_size
from cyclemlp.tasks.segmentation.labels import labels_at
from cyclemlp.tasks.segmentation.losses import WeightedLosses
from cyclemlp.tasks.segmentation.network import Segmenter
from cyclemlp.tasks.segmentation.prediction import SegmentationPrediction
from cyclemlp.tasks.segmentation.recipe import RECIPES
from cyclemlp.tasks.segmentation.settings import TaskSettings
from cyclemlp.tasks.segmentation.training import stacked, training_logits
from cyclemlp.tasks.segmentation.views import Views
from cyclemlp.tasks.segmentation.windows import window_labels

if TYPE_CHECKING:
    from cyclemlp.tasks.segmentation.metrics import SegmentationScores


class Segmentation(DenseTask):
    """Semantic segmentation by a decoder of segmentation_models_pytorch over a timm pyramid.

    Args:
        classes: class names, in the order of the network's outputs.
        colors: of each class; by default a palette of distinct colours.
        **settings: see `TaskSettings`.

    Raises:
        ValueError: a setting is out of range.
    """

    name = "segment"
    headline = "miou"
    ranking = "iou"
    pipeline_tag = "image-segmentation"
    recipe = RECIPES[name]

    def __init__(
        self,
        classes: Sequence[str],
        *,
        colors: Sequence[Color] = (),
        **settings: Any,
    ) -> None:
        chosen = TaskSettings(**settings)
        super().__init__(classes, colors=colors, window=chosen.window, overlap=chosen.overlap)
        self.decoder = chosen.decoder
        self.decoder_args = dict(chosen.decoder_args or {})
        self.auxiliary = chosen.auxiliary
        self.views = Views(chosen.scales, chosen.flip)
        self.weighted_losses = WeightedLosses(
            cross_entropy=chosen.cross_entropy,
            dice=chosen.dice,
            lovasz=chosen.lovasz,
            auxiliary=chosen.auxiliary,
            class_weights=chosen.class_weights,
            classes=len(self.classes),
            ignore_index=ignore_index(len(self.classes)),
        )

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
        """Return a `Segmenter` over the timm model `model`."""
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
        """Return the timm feature network of a `Segmenter`."""
        assert isinstance(network, Segmenter)
        return network.backbone

    def train_transform(
        self, preprocessing: Preprocessing, augmentation: SegmentationAugmentation
    ) -> Callable[..., Any]:
        """Return random scale, crop, flips and photometric distortion."""
        return segmentation_train_transform(preprocessing, augmentation, len(self.classes))

    def eval_transform(
        self, preprocessing: Preprocessing, change: Change | None = None
    ) -> Callable[..., Any]:
        """Return a resize into the preprocessing's size; with windows, no resize."""
        return segmentation_eval_transform(preprocessing, self.window is None, change)

    def losses(
        self, network: nn.Module, images: list[Tensor], targets: list[Tensor]
    ) -> dict[str, Tensor]:
        """Return the weighted losses of images ``(3, H, W)`` and masks ``(H, W)`` of one size."""
        target = stacked(targets)
        logits, auxiliary_logits = training_logits(network, stacked(images))
        return self.weighted_losses(logits, target, auxiliary_logits)

    def infer(self, network: nn.Module, images: list[Tensor]) -> list[Tensor]:
        """Return logits ``(classes, H, W)`` per image; with windows, classes ``(H, W)`` int32."""
        logits_of = partial(self.views.logits, network)
        if self.window is None:
            return run_by_size(logits_of, images)
        return [window_labels(logits_of, image, self.window, self.overlap) for image in images]

    def metrics(self, detailed: bool = False) -> SegmentationScores:
        """Return miou, accuracy (of pixels), mean_accuracy (of classes); without windows, loss.

        The columns are iou and class_accuracy. All come from one confusion matrix over the data
        set; classes that are neither annotated nor predicted do not count.
        """
        from cyclemlp.tasks.segmentation.metrics import SegmentationScores

        return SegmentationScores(len(self.classes), detailed, loss=self.window is None)

    def predictions(
        self, outputs: list[Tensor], sizes: Sequence[tuple[int, int]]
    ) -> list[SegmentationPrediction]:
        """Return the class of each pixel of the original images."""
        labels = [labels_at(output, size) for output, size in zip(outputs, sizes, strict=True)]
        return [SegmentationPrediction.of(one.cpu(), self.classes, self.colors) for one in labels]

    def truth(self, target: Tensor) -> SegmentationPrediction:
        """Return the mask; ignored pixels have no class."""
        return SegmentationPrediction.of(target, self.classes, self.colors)
