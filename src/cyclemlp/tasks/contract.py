"""The contract of a task. It knows no trainer.

Whoever trains, evaluates, predicts or serves asks a task the same questions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from PIL import Image
from torch import Tensor, nn

from cyclemlp.data.split import Color

if TYPE_CHECKING:
    from torchmetrics import Metric, MetricCollection

    from cyclemlp.data.split import Split
    from cyclemlp.data.transforms.preprocessing import Preprocessing

Images: TypeAlias = "Tensor | list[Tensor]"
"""A batch of prepared images: ``(B, 3, H, W)`` or, where a task's images differ in size, a list of
``(3, H, W)``."""


class Prediction(Protocol):
    """What a network says about one image; `str` gives it in a few words.

    Attributes:
        suffix: the ending of the file that `save` writes, e.g. ``".json"``.
    """

    suffix: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """The prediction as plain numbers, strings, lists and dicts, ready for JSON."""
        ...

    def draw(self, image: Image.Image) -> Image.Image:
        """A copy of `image`, RGB, with the prediction drawn on it."""
        ...

    def save(self, path: str | Path) -> None:
        """Write the prediction to `path`, in the format the task's docstring names."""
        ...


class Gathering(Protocol):
    """Predictions of many images on their way into one file."""

    def add(self, file: str, prediction: Prediction) -> None:
        """Take one more."""
        ...

    def write(self, folder: Path) -> Path:
        """Write all of them into `folder`, and return the file."""
        ...


class Task(ABC):
    """One task: how its data opens, and its network, losses, metrics and predictions.

    A subclass may take settings of its own as keywords, each with a default. Those that shape the
    network it names in `network_settings`, and a bundle keeps them.

    Attributes:
        name: what the user calls it, e.g. ``"classify"``.
        headline: the metric that picks the best checkpoint; higher is better.
        ranking: the column of the per-class table that ranks the classes.
        pipeline_tag: the Hugging Face Hub's name of the task.
        augmentation: the type of the settings that `train_transform` takes; a frozen dataclass
            whose defaults are the task's.
        image_size: (height, width) where the user names none; None for the backbone's own.
        pictures: whether ``predict`` draws and saves each prediction unless told otherwise.
        base_lr: learning rate and the images an optimizer step it belongs to.
        one_by_one: whether images keep their own size and are predicted singly, since each may fill
            the memory of a batch.
        stacks: whether a batch's images have one size and are one tensor; else they are a list.
        half_weights: whether a network of 16-bit weights computes well enough.
        skips_parameters: whether a network may have parameters that no step reaches, because its
            parts are chosen freely: a decoder need not use every stage of the backbone.
        classes: class names, in the order of the network's outputs.
        colors: red, green and blue of each class, in 0..255; empty where the task draws none.
    """

    name: ClassVar[str]
    headline: ClassVar[str]
    ranking: ClassVar[str]
    pipeline_tag: ClassVar[str]
    augmentation: ClassVar[type]
    image_size: ClassVar[tuple[int, int] | None] = None
    pictures: ClassVar[bool] = False
    base_lr: ClassVar[tuple[float, int]]
    stacks: ClassVar[bool] = True
    half_weights: ClassVar[bool] = True
    skips_parameters: ClassVar[bool] = False
    one_by_one: bool = False

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
        """The settings without which a bundle's network could not be built; JSON types only."""
        return {}

    def images_at_once(self, asked: int | None = None) -> int:
        """Images a forward pass: singly where each may fill the memory, else as many as asked.

        Args:
            asked: the user's choice; by default 32, or 8 where images have their own shapes.
        """
        if self.one_by_one:
            return 1
        return asked or (32 if self.stacks else 8)

    @classmethod
    @abstractmethod
    def open(cls, data: str, split: str, classes: Sequence[str] | None = None) -> Split:
        """Open one split of a data set.

        Args:
            data: a folder in the task's layout, or a timm data set string.
            split: e.g. ``"train"``.
            classes: the order the targets must follow; by default the data set's own.
        """

    @classmethod
    def settings_of(cls, split: Split) -> dict[str, Any]:
        """Settings that a data set decides, besides classes and colours."""
        return {}

    @abstractmethod
    def build(self, model: str, **model_args: Any) -> nn.Module:
        """Return a network for `classes`; untrained, unless `model_args` has ``pretrained=True``.

        Args:
            model: any name that timm knows; of the backbone, where the network has more parts.
            **model_args: go to the model's constructor.

        Raises:
            ValueError: no such model, or it does not take these arguments.
        """

    def backbone(self, network: nn.Module) -> nn.Module:
        """The part of `network` that weights of other tasks may fill: a timm model."""
        return network

    @abstractmethod
    def train_transform(
        self, preprocessing: Preprocessing, augmentation: Any
    ) -> Callable[..., Any]:
        """The random pipeline from a PIL image and its target to what `losses` expects.

        Args:
            preprocessing: of the training images.
            augmentation: an instance of the class's `augmentation`.
        """

    @abstractmethod
    def eval_transform(self, preprocessing: Preprocessing) -> Callable[..., Any]:
        """The fixed pipeline from a PIL image to a ``(3, H, W)`` float32 tensor."""

    def mixer(self, augmentation: Any) -> Callable[[Tensor, Any], tuple[Tensor, Any]] | None:
        """A mixing of whole batches, ``(images, targets) -> (images, targets)``, or None."""
        return None

    @abstractmethod
    def losses(self, network: nn.Module, images: Any, targets: Any) -> dict[str, Tensor]:
        """The scalar losses of one training batch by name; their sum is what training minimises.

        Args:
            network: what `build` returned, perhaps wrapped for several devices.
            images: `Images`, normalised.
            targets: what the loader collated, or the mixer made of it.
        """

    @abstractmethod
    def infer(self, network: nn.Module, images: Any) -> Any:
        """The outputs for `Images`, as `metrics` and `predictions` take them."""

    @abstractmethod
    def metrics(self, detailed: bool = False) -> Metric | MetricCollection:
        """New metrics, fed with ``update(outputs, targets)``.

        `compute` returns tensors by name, and a tensor's shape says what it is: ``()`` a figure,
        ``(classes,)`` a column of the per-class table, ``(classes, classes)`` the confusion matrix
        (rows: truth). Figures and columns are fractions in 0..1, NaN where there is nothing to
        judge by.

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

    def gathering(self) -> Gathering | None:
        """A file of all predictions in a format other tools read; None if the task has none."""
        return None

    @abstractmethod
    def truth(self, target: Any) -> Prediction:
        """A sample's target as the prediction that would be right; to be drawn beside others.

        Args:
            target: of a split's sample, before any transform.
        """
