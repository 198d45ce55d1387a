"""The contract of a task. It knows no trainer.

Whoever trains, evaluates, predicts or serves asks a task the same questions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from PIL import Image
from torch import Tensor, nn

if TYPE_CHECKING:
    from torchmetrics import MetricCollection

    from cyclemlp.data.layouts import Split
    from cyclemlp.data.transforms import Augmentation, Preprocessing


class Prediction(Protocol):
    """What a network says about one image."""

    def to_dict(self) -> dict[str, Any]:
        """The prediction as plain numbers, strings, lists and dicts, ready for JSON."""
        ...

    def draw(self, image: Image.Image) -> Image.Image:
        """A copy of `image`, RGB, with the prediction drawn on it."""
        ...

    def save(self, path: str | Path) -> None:
        """Write the prediction to `path`, in the format the task's docstring names."""
        ...


class Task(ABC):
    """One task: how its data opens, and its network, losses, metrics and predictions.

    A subclass may take settings of its own after `classes`, each with a default: a bundle is read
    back with ``get_task(name)(classes)``.

    Attributes:
        name: what the user calls it, e.g. ``"classify"``.
        headline: the metric that picks the best checkpoint; higher is better.
        pipeline_tag: the Hugging Face Hub's name of the task.
        classes: class names, in the order of the network's outputs.
    """

    name: ClassVar[str]
    headline: ClassVar[str]
    pipeline_tag: ClassVar[str]

    def __init__(self, classes: Sequence[str]) -> None:
        if not classes:
            raise ValueError(f"task {self.name!r} needs at least one class, got none")
        self.classes = tuple(classes)

    @classmethod
    @abstractmethod
    def open(cls, data: str, split: str, classes: Sequence[str] | None = None) -> Split:
        """Open one split of a data set.

        Args:
            data: a folder in the task's layout, or a timm data set string.
            split: e.g. ``"train"``.
            classes: the order the targets must follow; by default the data set's own.
        """

    @abstractmethod
    def build(self, model: str, **model_args: Any) -> nn.Module:
        """Return a network for `classes`; untrained, unless `model_args` has ``pretrained=True``.

        Args:
            model: any name that timm knows.
            **model_args: go to the model's constructor.

        Raises:
            ValueError: no such model, or it does not take these arguments.
        """

    @abstractmethod
    def train_transform(
        self, preprocessing: Preprocessing, augmentation: Augmentation
    ) -> Callable[..., Any]:
        """The random pipeline from a PIL image to what `losses` expects."""

    @abstractmethod
    def eval_transform(self, preprocessing: Preprocessing) -> Callable[..., Any]:
        """The fixed pipeline from a PIL image to a ``(3, H, W)`` float32 tensor."""

    def mixer(
        self, augmentation: Augmentation
    ) -> Callable[[Tensor, Any], tuple[Tensor, Any]] | None:
        """A mixing of whole batches, ``(images, targets) -> (images, targets)``, or None."""
        return None

    @abstractmethod
    def losses(self, network: nn.Module, images: Tensor, targets: Any) -> dict[str, Tensor]:
        """The scalar losses of one training batch by name; their sum is what training minimises.

        Args:
            network: what `build` returned, perhaps wrapped for several devices.
            images: ``(B, 3, H, W)``, normalised.
            targets: what the loader collated, or the mixer made of it.
        """

    @abstractmethod
    def infer(self, network: nn.Module, images: Tensor) -> Any:
        """The outputs for ``(B, 3, H, W)`` images, as `metrics` and `predictions` take them."""

    @abstractmethod
    def metrics(self, detailed: bool = False) -> MetricCollection:
        """New metrics, fed with ``update(outputs, targets)``.

        `compute` returns tensors, and a tensor's shape says what it is: ``()`` a figure,
        ``(classes,)`` a column of the per-class table, ``(classes, classes)`` the confusion matrix
        (rows: truth). Figures are fractions in 0..1.

        Args:
            detailed: also columns and matrix; without it only figures, cheap enough for every
                epoch.
        """

    @abstractmethod
    def predictions(self, outputs: Any, sizes: Sequence[tuple[int, int]]) -> Sequence[Prediction]:
        """Turn outputs into one prediction an image.

        Args:
            outputs: of `infer`.
            sizes: each original image's (height, width) in pixels.
        """
