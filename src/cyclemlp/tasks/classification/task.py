"""The task ``classify``: one class per image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from cyclemlp.data.augmentation.classify import Augmentation
from cyclemlp.data.colors import Color
from cyclemlp.data.layouts.finding import open_classification
from cyclemlp.data.split import Split
from cyclemlp.data.transforms import classify as transforms
from cyclemlp.data.transforms.pipeline import Change
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.classification.losses import cross_entropy
from cyclemlp.tasks.classification.network import create_classifier
from cyclemlp.tasks.classification.prediction import ClassificationPrediction, top_predictions
from cyclemlp.tasks.classification.recipe import RECIPES
from cyclemlp.tasks.classification.settings import TaskSettings
from cyclemlp.tasks.contract import Task

if TYPE_CHECKING:
    from torchmetrics import MetricCollection


class Classification(Task):
    """Image classification by any timm model, trained with cross-entropy.

    Args:
        classes: class names, in the order of the network's outputs; at least two.
        colors: of each class; stored, but not used in predictions.
        **settings: see `TaskSettings`.

    Raises:
        ValueError: there is one class, or a setting is out of range.
    """

    name = "classify"
    headline = "top1"
    ranking = "recall"
    pipeline_tag = "image-classification"
    recipe = RECIPES[name]

    def __init__(
        self,
        classes: Sequence[str],
        *,
        colors: Sequence[Color] = (),
        **settings: Any,
    ) -> None:
        super().__init__(classes, colors=colors)
        chosen = TaskSettings(**settings)
        if len(classes) == 1:
            raise ValueError(
                f"--task {self.name} needs at least two classes, got one: {classes[0]!r}. "
                "Add images of another class in a second class folder, e.g. "
                f"train/{classes[0]} and train/other; to find objects in images, use --task detect"
            )
        self.label_smoothing = chosen.label_smoothing
        self.top_k = min(chosen.top_k, len(self.classes))
        self._given = {} if chosen.top_k == TaskSettings.top_k else {"top_k": chosen.top_k}

    @property
    def network_settings(self) -> dict[str, Any]:
        """The number of classes in a prediction if the user gave another than the default."""
        return dict(self._given)

    @classmethod
    def open(cls, data: str, split: str, classes: Sequence[str] | None = None) -> Split:
        """Open class folders ``data/split/<class>/*``, or a timm data set string."""
        return open_classification(data, split, None if classes is None else tuple(classes))

    def build(self, model: str, **model_args: Any) -> nn.Module:
        """Return the timm model `model` with one output per class."""
        return create_classifier(model, len(self.classes), **model_args)

    def train_transform(
        self, preprocessing: Preprocessing, augmentation: Augmentation
    ) -> Callable[..., Any]:
        """Return random crop, flip, colour changes and erasing."""
        return transforms.train_transform(preprocessing, augmentation)

    def eval_transform(
        self, preprocessing: Preprocessing, change: Change | None = None
    ) -> Callable[..., Any]:
        """Return resize and centre crop."""
        return transforms.eval_transform(preprocessing, change)

    def mixer(
        self, augmentation: Augmentation
    ) -> Callable[[Tensor, Any], tuple[Tensor, Any]] | None:
        """Return random sizes, MixUp and CutMix, or None if all are off.

        Mixed targets are probabilities ``(B, classes)``.
        """
        return transforms.mixer(augmentation, len(self.classes))

    def losses(self, network: nn.Module, images: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the cross-entropy; targets are indices ``(B,)`` or probabilities."""
        return {"loss": cross_entropy(self.infer(network, images), targets, self.label_smoothing)}

    def infer(self, network: nn.Module, images: Tensor) -> Tensor:
        """Return logits ``(B, classes)`` in float32, also from a half-precision network."""
        return network(images).float()

    def metrics(self, detailed: bool = False) -> MetricCollection:
        """Return the metrics top1, top5 and loss; see `classification_metrics`."""
        from cyclemlp.tasks.classification.metrics import classification_metrics

        return classification_metrics(len(self.classes), detailed)

    def predictions(
        self, outputs: Tensor, sizes: Sequence[tuple[int, int]]
    ) -> list[ClassificationPrediction]:
        """Return the `top_k` most probable classes of each image."""
        return top_predictions(outputs.cpu(), self.classes, self.top_k)

    def truth(self, target: int) -> ClassificationPrediction:
        """Return the class with this index, with probability 1."""
        return ClassificationPrediction((self.classes[target],), (1.0,))
