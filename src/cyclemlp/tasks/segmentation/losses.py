"""Training losses of segmentation: cross-entropy, Dice and Lovász, and their weighted sum."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from torch import Tensor
from torch.nn import functional as F


class WeightedLosses:
    """The losses of a batch, each multiplied by its weight; losses of weight 0 are not computed.

    Args:
        cross_entropy: weight of the cross-entropy.
        dice: weight of the Dice loss (Milletari et al., 3DV 2016).
        lovasz: weight of the Lovász-softmax loss (Berman et al., CVPR 2018).
        auxiliary: weight of the cross-entropy of the auxiliary head.
        class_weights: of each class in the cross-entropy; None for equal weights.
        classes: number of classes.
        ignore_index: label of pixels that do not count.

    Raises:
        ValueError: a weight is out of range.
    """

    def __init__(
        self,
        *,
        cross_entropy: float,
        dice: float,
        lovasz: float,
        auxiliary: float,
        class_weights: Sequence[float] | None,
        classes: int,
        ignore_index: int,
    ) -> None:
        self.weights = {"cross_entropy": cross_entropy, "dice": dice, "lovasz": lovasz}
        self.auxiliary = auxiliary
        self.class_weights = None if class_weights is None else tuple(map(float, class_weights))
        self.ignore_index = ignore_index
        _check_weights(self.weights, auxiliary)
        if self.class_weights is not None:
            _check_class_weights(self.class_weights, classes)

    def __call__(
        self, logits: Tensor, target: Tensor, auxiliary_logits: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return a dict of the weighted losses.

        Args:
            logits: ``(B, classes, H, W)``.
            target: classes ``(B, H, W)``, int64.
            auxiliary_logits: of the auxiliary head, like `logits`.
        """
        losses = {
            name: weight * self._loss(name, logits.float(), target)
            for name, weight in self.weights.items()
            if weight
        }
        if auxiliary_logits is not None:
            auxiliary = self._loss("cross_entropy", auxiliary_logits.float(), target)
            losses["auxiliary"] = self.auxiliary * auxiliary
        # A single loss has the name of the validation loss, so that both share a plot.
        return {"loss": losses["cross_entropy"]} if [*losses] == ["cross_entropy"] else losses

    def _loss(self, name: str, logits: Tensor, target: Tensor) -> Tensor:
        if name == "dice":
            return dice(logits, target, self.ignore_index)
        if name == "lovasz":
            return lovasz(logits, target, self.ignore_index)
        return cross_entropy(logits, target, self.ignore_index, self.class_weights)


def cross_entropy(
    logits: Tensor,
    target: Tensor,
    ignore_index: int,
    class_weights: Sequence[float] | None = None,
) -> Tensor:
    """Return the mean cross-entropy over the pixels that count, in nats; 0 if there are none."""
    weight = None if class_weights is None else logits.new_tensor(class_weights)
    total = F.cross_entropy(logits, target, weight, ignore_index=ignore_index, reduction="sum")
    counted = target != ignore_index
    if weight is None:
        return total / counted.sum().clamp(min=1)
    return total / weight[target[counted]].sum().clamp(min=1e-6)


def dice(logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    """Return the Dice loss (Milletari et al., 3DV 2016)."""
    from segmentation_models_pytorch.losses import MULTICLASS_MODE, DiceLoss

    return DiceLoss(MULTICLASS_MODE, ignore_index=ignore_index)(logits, target)


def lovasz(logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    """Return the Lovász-softmax loss (Berman et al., CVPR 2018)."""
    from segmentation_models_pytorch.losses import MULTICLASS_MODE, LovaszLoss

    loss = LovaszLoss(MULTICLASS_MODE, ignore_index=ignore_index)(logits, target)
    return loss.sum()  # LovaszLoss returns an empty tensor if no pixel counts, else a scalar


def _check_weights(weights: dict[str, float], auxiliary: float) -> None:
    losses = {**weights, "auxiliary": auxiliary}
    if min(losses.values()) < 0 or not any(weights.values()):
        raise ValueError(f"loss weights must be at least 0, and one of them above 0; got {losses}")


def _check_class_weights(class_weights: tuple[float, ...], classes: int) -> None:
    if len(class_weights) != classes:
        raise ValueError(
            f"class_weights must have a weight for each of the {classes} classes; got "
            f"{len(class_weights)}"
        )
    if not (all(0 <= weight < inf for weight in class_weights) and any(class_weights)):
        raise ValueError(
            f"class_weights must be at least 0, and one of them above 0; got {[*class_weights]}"
        )
