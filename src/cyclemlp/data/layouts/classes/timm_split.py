"""A split of a data set that ``timm.data.create_dataset`` opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from typing_extensions import override

from cyclemlp.data.images.channels import RGB
from cyclemlp.data.images.inspection import Inspection, inspect_image
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.picture import to_picture
from cyclemlp.data.labels import label_map
from cyclemlp.data.split import Sample, Split


class TimmSplit(Split):
    """A map-style data set of timm or torchvision.

    Images are read through timm's reader if there is one: timm's data set class replaces an image
    that cannot be decoded by the next one.

    Args:
        dataset: the data set that timm opened.
        data: its string, for messages.
        name: the split's name.
        classes: the order of the labels; the default is the data set's order.
        notes: see `Split`.

    Raises:
        ValueError: there are no images, images without a label, labels that are words, or a class
            that `classes` lacks.
    """

    has_files = False  # the reader of Hugging Face's data sets reads an image to name it

    def __init__(
        self,
        dataset: Any,
        data: str,
        name: str,
        classes: Sequence[str] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.dataset = dataset
        self.reader = getattr(dataset, "reader", None)
        self.data = data
        self.name = name
        self.notes = tuple(notes)
        labels = _labels(dataset, data)
        own = _class_names(dataset, labels)
        remap = label_map(data, own, classes)
        self.classes = tuple(classes or own)
        self.targets = tuple(remap[label] for label in labels)

    @override
    def __len__(self) -> int:
        return len(self.targets)

    @override
    def __getitem__(self, index: int) -> Sample:
        try:
            if self.reader is not None:
                with self.reader[index][0] as stream:
                    image = self.picture(stream)
            else:
                image = to_picture(self.dataset[index][0], self.channels or RGB)
        except (ValueError, OSError) as error:
            reason = str(error).split(": ", 1)[-1]
            raise ImageError(f"{self.source(index)}: {reason}") from error
        return Sample(image, self.targets[index])

    @override
    def source(self, index: int) -> str:
        name = self.reader.filename(index) if self.reader is not None else None
        return f"{self.data} {self.name}[{index}]" + (f" ({name})" if name else "")

    @override
    def labels(self, index: int) -> Sequence[int]:
        return (self.targets[index],)

    @override
    def inspect(self, index: int) -> Inspection:
        if self.reader is None:
            return super().inspect(index)
        with self.reader[index][0] as stream:
            return inspect_image(stream, self.channels)


def _labels(dataset: Any, data: str) -> list[int]:
    labels = list(_stored_labels(dataset))
    if not labels:
        raise ValueError(f"--data {data} has no images")
    if any(isinstance(label, str) for label in labels):
        raise ValueError(f"--data {data}: labels are text; map them to numbers with class_map=FILE")
    if any(label is None or int(label) < 0 for label in labels):
        raise ValueError(f"--data {data} has images without a label")
    return [int(label) for label in labels]


def _stored_labels(dataset: Any) -> Iterable[Any]:
    """Return all labels; images are read only if the data set does not store labels separately."""
    reader = getattr(dataset, "reader", None)
    if reader is not None:
        return reader.iter_targets()
    if hasattr(dataset, "targets"):
        return [label[0] if getattr(label, "ndim", 0) else label for label in dataset.targets]
    if hasattr(dataset, "index"):  # torchvision's INaturalist: (category, file)
        return [category for category, _ in dataset.index]
    return (dataset[i][1] for i in range(len(dataset)))


def _class_names(dataset: Any, labels: Sequence[int]) -> list[str]:
    numbers = getattr(getattr(dataset, "reader", None), "class_to_idx", None)
    if numbers:
        return [str(name) for name in sorted(numbers, key=numbers.__getitem__)]
    names = getattr(dataset, "classes", None) or getattr(dataset, "all_categories", None)
    if names:
        return [name if isinstance(name, str) else ", ".join(name) for name in names]
    return [str(i) for i in range(max(labels) + 1)]
