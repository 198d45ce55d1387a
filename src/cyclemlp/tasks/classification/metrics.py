"""Metrics that torchmetrics does not bring ready-made. Imported only by a task's `metrics`."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F
from torchmetrics import MeanMetric


class CrossEntropy(MeanMetric):
    """Mean cross-entropy, in nats, over all samples."""

    def update(self, outputs: Tensor, targets: Tensor) -> None:  # type: ignore[override]
        """Take logits ``(B, classes)`` and targets ``(B,)``."""
        super().update(F.cross_entropy(outputs.float(), targets, reduction="none"))
