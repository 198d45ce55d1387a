"""The training loss of classification."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def cross_entropy(logits: Tensor, targets: Tensor, label_smoothing: float) -> Tensor:
    """Return the mean cross-entropy, in nats.

    Args:
        logits: ``(B, classes)``.
        targets: class indices ``(B,)`` or probabilities ``(B, classes)``.
        label_smoothing: share of each target that is spread evenly over all classes.
    """
    return F.cross_entropy(logits, targets, label_smoothing=label_smoothing)
