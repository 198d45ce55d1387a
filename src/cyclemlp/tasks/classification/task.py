"""Image classification: one class an image."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from cyclemlp.data.layouts.finding import open_classification
from cyclemlp.data.split import Color, Split
from cyclemlp.data.transforms import classify as transforms
from cyclemlp.data.transforms.classify import Augmentation
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.common.backbones import create_network
from cyclemlp.tasks.common.drawing import label_strip
from cyclemlp.tasks.contract import Task

if TYPE_CHECKING:
    from torchmetrics import MetricCollection


@dataclass(frozen=True)
class ClassificationPrediction:
    """The most probable classes of one image, best first.

    Attributes:
        labels: class names.
        probabilities: softmax probabilities, 0..1, one a label.
    """

    suffix: ClassVar[str] = ".json"

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def label(self) -> str:
        """The most probable class."""
        return self.labels[0]

    @property
    def probability(self) -> float:
        """The probability of `label`."""
        return self.probabilities[0]

    def __str__(self) -> str:
        pairs = zip(self.labels, self.probabilities, strict=True)
        return ", ".join(f"{label} {p:.1%}" for label, p in pairs)

    def to_dict(self) -> dict[str, Any]:
        """``{"label", "probability", "top": [{"label", "probability"}, …]}``."""
        top = [
            {"label": label, "probability": p}
            for label, p in zip(self.labels, self.probabilities, strict=True)
        ]
        return {**top[0], "top": top}

    def draw(self, image: Image.Image) -> Image.Image:
        """A copy of `image` with the best label and its probability in a strip below."""
        return label_strip(image, f"{self.label}  {self.probability:.1%}")

    def save(self, path: str | Path) -> None:
        """Write `to_dict` as JSON."""
        Path(path).write_text(
            json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )


class Classification(Task):
    """Cross-entropy over `classes`, any timm model.

    Args:
        classes: class names, in the order of the network's outputs.
        colors: kept for those who draw; predictions do without.
        label_smoothing: share of each target spread evenly over all classes, 0..1.
        top_k: most probable classes in a prediction, at least 1 (all, where there are fewer).
    """

    name = "classify"
    headline = "top1"
    ranking = "recall"
    pipeline_tag = "image-classification"
    augmentation = Augmentation
    base_lr = (5e-4, 512)  # the released code's, which is DeiT's

    def __init__(
        self,
        classes: Sequence[str],
        *,
        colors: Sequence[Color] = (),
        label_smoothing: float = 0.0,
        top_k: int = 5,
    ) -> None:
        super().__init__(classes, colors=colors)
        if not 0 <= label_smoothing < 1:
            raise ValueError(
                f"label_smoothing must be at least 0 and below 1, got {label_smoothing}"
            )
        if top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {top_k}")
        self.label_smoothing = label_smoothing
        self.top_k = min(top_k, len(self.classes))

    @classmethod
    def open(cls, data: str, split: str, classes: Sequence[str] | None = None) -> Split:
        """Open class folders ``data/split/<class>/*`` or a timm data set string."""
        return open_classification(data, split, None if classes is None else tuple(classes))

    def build(self, model: str, **model_args: Any) -> nn.Module:
        """Return timm's `model` with one output a class."""
        return create_network(model, num_classes=len(self.classes), **model_args)

    def train_transform(
        self, preprocessing: Preprocessing, augmentation: Augmentation
    ) -> Callable[..., Any]:
        """Random crop, flip, colours and erasing, as `augmentation` says."""
        return transforms.train_transform(preprocessing, augmentation)

    def eval_transform(self, preprocessing: Preprocessing) -> Callable[..., Any]:
        """Resize and centre crop."""
        return transforms.eval_transform(preprocessing)

    def mixer(
        self, augmentation: Augmentation
    ) -> Callable[[Tensor, Any], tuple[Tensor, Any]] | None:
        """Other sizes, MixUp and CutMix; mixed targets are ``(B, classes)``. None if none is on."""
        return transforms.mixer(augmentation, len(self.classes))

    def losses(self, network: nn.Module, images: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Cross-entropy; `targets` are indices ``(B,)`` or probabilities ``(B, classes)``."""
        logits = self.infer(network, images)
        return {"loss": F.cross_entropy(logits, targets, label_smoothing=self.label_smoothing)}

    def infer(self, network: nn.Module, images: Tensor) -> Tensor:
        """Logits ``(B, classes)`` in float32, whatever precision the network ran in."""
        return network(images).float()

    def metrics(self, detailed: bool = False) -> MetricCollection:
        """Figures: top1, top5 (the best of all, where there are fewer than five classes), loss.

        Columns: recall, precision (0 for a class that was never predicted, never seen).
        """
        from torchmetrics import Metric, MetricCollection
        from torchmetrics import classification as scores

        from cyclemlp.tasks.classification.metrics import CrossEntropy

        count = len(self.classes)
        metrics: dict[str, Metric | MetricCollection] = {
            "top1": scores.MulticlassAccuracy(count, average="micro"),
            "top5": scores.MulticlassAccuracy(count, top_k=min(5, count), average="micro"),
            "loss": CrossEntropy(),
        }
        if detailed:
            metrics["recall"] = scores.MulticlassRecall(count, average=None)
            metrics["precision"] = scores.MulticlassPrecision(count, average=None)
            metrics["confusion"] = scores.MulticlassConfusionMatrix(count)
        # Groups are guessed from the first batch alone, where top1 and top5 can agree by chance.
        return MetricCollection(metrics, compute_groups=False)

    def predictions(
        self, outputs: Tensor, sizes: Sequence[tuple[int, int]]
    ) -> list[ClassificationPrediction]:
        """The `top_k` most probable classes of each image, from logits ``(B, classes)``."""
        best = outputs.softmax(dim=1).topk(self.top_k, dim=1)
        rows = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return [
            ClassificationPrediction(tuple(self.classes[i] for i in row), tuple(values))
            for row, values in rows
        ]

    def truth(self, target: int) -> ClassificationPrediction:
        """The class of this number, for certain."""
        return ClassificationPrediction((self.classes[target],), (1.0,))
