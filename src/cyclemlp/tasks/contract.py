"""The contract of a task, independent of any trainer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor, nn

from cyclemlp.data.colors import Color
from cyclemlp.tasks.batching import Batching, Stacked
from cyclemlp.tasks.prediction import Gathering, Prediction
from cyclemlp.tasks.recipe import Recipe

if TYPE_CHECKING:
    from torchmetrics import Metric, MetricCollection

    from cyclemlp.data.split import Split
    from cyclemlp.data.transforms.pipeline import Change
    from cyclemlp.data.transforms.preprocessing import Preprocessing


class Task(ABC):
    """A task: how it opens data, and its network, losses, metrics and predictions.

    A subclass may take more settings as keyword arguments, those of ``recipe.settings``.
    `network_settings` returns those that a bundle stores: all that shape the network.

    Args:
        classes: class names, in the order of the network's outputs.
        colors: red, green and blue of each class, in 0..255; may be empty.

    Attributes:
        name: the user's name of the task, e.g. ``"classify"``.
        headline: the metric that selects the best checkpoint; higher is better.
        ranking: the column of the per-class table by which classes are ranked.
        pipeline_tag: the Hugging Face Hub's name of the task.
        recipe: what training uses by default.
        pictures: whether a prediction is best shown as a picture; ``predict`` then draws and saves
            each one by default.
        batching: how images are joined into batches.
    """

    name: ClassVar[str]
    headline: ClassVar[str]
    ranking: ClassVar[str]
    pipeline_tag: ClassVar[str]
    recipe: ClassVar[Recipe]
    pictures: ClassVar[bool] = False
    batching: Batching = Stacked()

    def __init__(self, classes: Sequence[str], *, colors: Sequence[Color] = ()) -> None:
        if not classes:
            raise ValueError(f"task {self.name!r} needs at least one class, got none")
        if colors and len(colors) != len(classes):
            raise ValueError(
                f"task {self.name!r} needs a colour for each class; it got {len(colors)} for "
                f"{len(classes)} classes"
            )
        self.classes = tuple(classes)
        self.colors = tuple(colors)

    @property
    def network_settings(self) -> dict[str, Any]:
        """The settings that a bundle needs to rebuild the network; JSON types only."""
        return {}

    def validated_settings(self, scores: Mapping[str, float]) -> dict[str, Any]:
        """Return settings that a bundle takes from validation, besides `network_settings`.

        Args:
            scores: the scalar metrics of the bundled network.
        """
        return {}

    @classmethod
    @abstractmethod
    def open(cls, data: str, split: str, classes: Sequence[str] | None = None) -> Split:
        """Open one split of a data set.

        Args:
            data: a folder in the task's layout, or a timm data set string.
            split: e.g. ``"train"``.
            classes: class names in the order of the labels; None for the data set's own order.
        """

    @classmethod
    def settings_of(cls, split: Split) -> dict[str, Any]:
        """Return the settings that a data set determines, other than classes and colours."""
        return {}

    @abstractmethod
    def build(self, model: str, **model_args: Any) -> nn.Module:
        """Return a network for `classes`, untrained unless ``pretrained=True`` is given.

        Args:
            model: timm name of the network, or of its backbone.
            **model_args: constructor arguments of the timm model.

        Raises:
            ValueError: timm has no such model, or the model does not take these arguments.
        """

    def backbone(self, network: nn.Module) -> nn.Module:
        """Return the timm model inside `network`, which weights of other tasks can initialise."""
        return network

    @abstractmethod
    def train_transform(
        self, preprocessing: Preprocessing, augmentation: Any
    ) -> Callable[..., Any]:
        """Return the random transform from a PIL image and its target to one training sample.

        Args:
            preprocessing: of the training images.
            augmentation: an instance of ``recipe.augmentation``.
        """

    @abstractmethod
    def eval_transform(
        self, preprocessing: Preprocessing, change: Change | None = None
    ) -> Callable[..., Any]:
        """Return the deterministic transform from a PIL image to a ``(3, H, W)`` float32 tensor.

        Args:
            preprocessing: of the network.
            change: applied to the picture of the network's size, before it is normalised.
        """

    def mixer(self, augmentation: Any) -> Callable[[Tensor, Any], tuple[Tensor, Any]] | None:
        """Return a transform of training batches ``(images, targets)``, or None."""
        return None

    @abstractmethod
    def losses(self, network: nn.Module, images: Any, targets: Any) -> dict[str, Tensor]:
        """Return a dict of the scalar losses of a training batch; training minimises their sum.

        Args:
            network: the network that `build` returned, possibly wrapped for several devices.
            images: `Images`, normalised.
            targets: as collated, or as returned by the mixer.
        """

    @abstractmethod
    def infer(self, network: nn.Module, images: Any) -> Any:
        """Return the outputs for `Images` in the form that `metrics` and `predictions` take."""

    @abstractmethod
    def metrics(self, detailed: bool = False) -> Metric | MetricCollection:
        """Return new metrics; call ``update(outputs, targets)`` on them.

        ``compute`` returns a dict of tensors. A tensor of shape ``()`` is a scalar metric,
        ``(classes,)`` a column of the per-class table, ``(classes, classes)`` the confusion matrix
        (rows are the truth). Scalars and columns are fractions in 0..1, or NaN if undefined.

        Args:
            detailed: whether to add the columns and the matrix to the scalars.
        """

    @abstractmethod
    def predictions(self, outputs: Any, sizes: Sequence[tuple[int, int]]) -> Sequence[Prediction]:
        """Convert outputs into one prediction per image.

        Args:
            outputs: from `infer`.
            sizes: (height, width) of each original image, in pixels.
        """

    def gathering(self) -> Gathering | None:
        """Return a writer of all predictions in a format of other tools; None if there is none."""
        return None

    @abstractmethod
    def truth(self, target: Any) -> Prediction:
        """Convert a sample's target, before any transform, into the correct prediction."""
