"""Metrics of classification; importing this module imports torchmetrics."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from torchmetrics import Metric, MetricCollection
from torchmetrics import classification as scores
from typing_extensions import override


class CrossEntropy(Metric):
    """Mean cross-entropy over all samples, in nats."""

    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.zeros(()), dist_reduce_fx="sum")
        self.add_state("count", torch.zeros(()), dist_reduce_fx="sum")

    @override
    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """Add a batch of logits ``(B, classes)`` and class indices ``(B,)``."""
        self.total += F.cross_entropy(outputs.float(), targets, reduction="sum")
        self.count += len(targets)

    @override
    def compute(self) -> Tensor:
        """Return the mean; NaN without samples."""
        return self.total / self.count


def classification_metrics(classes: int, detailed: bool = False) -> MetricCollection:
    """Return top1, top5 (top-k of all classes if there are fewer than five) and loss.

    Args:
        classes: number of classes.
        detailed: whether to add the columns recall and precision, which are 0 for a class that
            does not occur, and the confusion matrix.
    """
    metrics: dict[str, Metric | MetricCollection] = {
        "top1": scores.MulticlassAccuracy(classes, average="micro"),
        "top5": scores.MulticlassAccuracy(classes, top_k=min(5, classes), average="micro"),
        "loss": CrossEntropy(),
    }
    if detailed:
        metrics["recall"] = scores.MulticlassRecall(classes, average=None)
        metrics["precision"] = scores.MulticlassPrecision(classes, average=None)
        metrics["confusion"] = scores.MulticlassConfusionMatrix(classes)
    # torchmetrics groups metrics that agree on the first batch, as top1 and top5 do by chance.
    return MetricCollection(metrics, compute_groups=False)
