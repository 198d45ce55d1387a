"""Metrics of segmentation, from one confusion matrix over the data set."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from torchmetrics import Metric
from typing_extensions import override

from cyclemlp.data.labels import ignore_index
from cyclemlp.tasks.segmentation.labels import labels_at


class SegmentationScores(Metric):
    """IoU and accuracy of classes and pixels over a data set (Everingham et al., IJCV 2010).

    ``torchmetrics.segmentation.MeanIoU`` averages over images, which gives a different value.

    Args:
        classes: number of classes.
        detailed: whether to add per-class columns and the confusion matrix.
        loss: whether to add the mean cross-entropy of pixels, in nats, at the size of the logits.
    """

    full_state_update = False
    confusion: Tensor
    loss_sum: Tensor

    def __init__(self, classes: int, detailed: bool = False, loss: bool = True) -> None:
        super().__init__()
        self.classes = classes
        self.detailed = detailed
        self.loss = loss
        self.ignore_index = ignore_index(classes)
        zeros = torch.zeros(classes, classes, dtype=torch.int64)
        self.add_state("confusion", zeros, dist_reduce_fx="sum")
        self.add_state("loss_sum", torch.zeros(2, dtype=torch.float64), dist_reduce_fx="sum")

    @override
    def update(self, outputs: list[Tensor], targets: list[Tensor]) -> None:
        """Add outputs of `Segmentation.infer` and masks ``(H, W)`` at the original sizes."""
        for output, target in zip(outputs, targets, strict=True):
            self._add_pixels(output, target)
            if self.loss:
                self._add_loss(output, target)

    def _add_pixels(self, output: Tensor, target: Tensor) -> None:
        found = labels_at(output, (target.shape[0], target.shape[1]))
        counted = target != self.ignore_index
        pairs = target[counted] * self.classes + found[counted]
        counts = torch.bincount(pairs, minlength=self.classes**2)
        self.confusion += counts.view(self.classes, self.classes)

    def _add_loss(self, output: Tensor, target: Tensor) -> None:
        size = output.shape[-2:]
        nearest = F.interpolate(target[None, None].float(), size, mode="nearest-exact")[0].long()
        total = F.cross_entropy(
            output[None], nearest, ignore_index=self.ignore_index, reduction="sum"
        )
        count = (nearest != self.ignore_index).sum()
        self.loss_sum += torch.stack([total, count.to(total)]).double()

    @override
    def compute(self) -> dict[str, Tensor]:
        """Return the scalars, and if `detailed` the columns and the confusion matrix."""
        matrix = self.confusion.double()
        hits, truth, found = matrix.diagonal(), matrix.sum(1), matrix.sum(0)
        # NaN for a class that is neither annotated nor predicted
        iou, accuracy = hits / (truth + found - hits), hits / truth
        scores = {
            "miou": iou.nanmean(),
            "accuracy": hits.sum() / matrix.sum(),
            "mean_accuracy": accuracy.nanmean(),
        }
        if self.loss:
            scores["loss"] = self.loss_sum[0] / self.loss_sum[1]
        if self.detailed:
            scores |= {"iou": iou, "class_accuracy": accuracy, "confusion": self.confusion}
        return scores
