"""timm's data set strings, ``torch/…``, ``hfds/…`` and ``wds/…``, as splits with random access.

A string may end in options, ``torch/cifar10?root=data&download=true``:

- ``root``: where the files are (torch) or are cached (hfds);
- ``download``: true fetches a torch data set that is not there yet;
- ``train``, ``val``, …: this data set's name for the split, ``hfds/cifar10?val=test``;
- ``input_key``, ``target_key``: the columns of picture and label (hfds);
- ``class_map``: a text file with one class name a line (hfds, wds).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from typing_extensions import override

from cyclemlp.data.images import ImageError, image_fault, read_image, to_rgb
from cyclemlp.data.layouts.folders import choose_split
from cyclemlp.data.layouts.tars import open_shards
from cyclemlp.data.split import Sample, Split, label_map

_REFUSED = {
    "tfds": "use the same data through hfds/",
    "hfids": "a stream cannot be resumed exactly; use hfds/, which keeps the data on disk",
}
_KINDS = ("torch", "hfds", "wds", *_REFUSED)
_READER_OPTIONS = ("input_key", "target_key", "class_map")
_SPLIT_NAMES = ("train", "training", "val", "valid", "validation", "test")
_OPTIONS = ("root", "download", *_READER_OPTIONS, *_SPLIT_NAMES)


class _Address(NamedTuple):
    text: str
    kind: str
    name: str
    options: dict[str, str]


def is_timm_string(data: str) -> bool:
    """Whether `data` is such a string and no folder of that name exists."""
    kind, separator, _ = data.partition("/")
    return bool(separator) and kind.lower() in _KINDS and not Path(data).exists()


def open_timm(data: str, split: str, classes: Sequence[str] | None = None) -> Split:
    """Open one split of a timm data set string.

    Args:
        data: see this module.
        split: e.g. ``"train"``.
        classes: the order the labels follow; by default the data set's own.

    Raises:
        ValueError: a kind or option that is not supported, no such split, no labels.
        FileNotFoundError: the data is not there.
        ImportError: ``hfds/`` needs the ``datasets`` library.
    """
    address = _parse(data)
    wanted = address.options.get(split, split)
    if address.kind == "wds":
        names = _class_map(address)
        opened: Split = open_shards(Path(address.name), wanted, classes, names)
        opened.name = split
        return opened
    if address.kind == "hfds":
        return _open_hfds(address, split, wanted, classes)
    return _open_torch(address, split, wanted, classes)


class TimmSplit(Split):
    """A map-style data set that ``timm.data.create_dataset`` opened.

    Readers are asked for files, not for pictures: timm's own data set class answers a broken
    picture with the next one.

    Args:
        dataset: what timm opened.
        data: its string, for messages.
        name: the split's name.
        classes: the order the labels follow; by default the data set's own.
        notes: see `Split`.
    """

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
                    image = read_image(stream)
            else:
                image = to_rgb(self.dataset[index][0])
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
    def fault(self, index: int) -> str | None:
        if self.reader is None:
            return super().fault(index)
        with self.reader[index][0] as stream:
            return image_fault(stream)


def _parse(data: str) -> _Address:
    address, _, query = data.partition("?")
    kind, _, name = address.partition("/")
    kind = kind.lower()
    if kind in _REFUSED:
        raise ValueError(f"--data {data}: {kind}/ is not supported; {_REFUSED[kind]}")
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise ValueError(
            f"--data {data}: no option {', '.join(unknown)}; there are {', '.join(_OPTIONS)}"
        )
    if options.get("class_map", "").endswith(".pkl"):
        raise ValueError(f"--data {data}: class_map is a text file, one class name a line")
    return _Address(data, kind, name, options)


def _class_map(address: _Address) -> list[str] | None:
    file = address.options.get("class_map")
    if file is None:
        return None
    if not Path(file).exists():
        raise FileNotFoundError(f"--data {address.text}: class_map {file}: no such file")
    return Path(file).read_text(encoding="utf-8").rstrip().splitlines()


def _open_hfds(
    address: _Address, split: str, wanted: str, classes: Sequence[str] | None
) -> TimmSplit:
    if importlib.util.find_spec("datasets") is None:
        raise ImportError(f"--data {address.text} needs the datasets library: pip install datasets")
    from datasets import get_dataset_split_names
    from timm.data import create_dataset

    chosen, notes = choose_split(wanted, get_dataset_split_names(address.name), address.text)
    options = {key: address.options[key] for key in _READER_OPTIONS if key in address.options}
    root = address.options.get("root")
    dataset = create_dataset(f"hfds/{address.name}", root=root, split=chosen, **options)  # type: ignore[arg-type]
    return TimmSplit(dataset, address.text, split, classes, notes)


def _open_torch(
    address: _Address, split: str, wanted: str, classes: Sequence[str] | None
) -> TimmSplit:
    from timm.data import create_dataset

    if "root" not in address.options:
        raise ValueError(
            f"--data {address.text} does not say where its files are: "
            f"torch/{address.name}?root=DIR, and &download=true to fetch them"
        )
    download = address.options.get("download", "").lower() in ("true", "1", "yes")
    try:
        dataset = create_dataset(
            f"torch/{address.name}", root=address.options["root"], split=wanted, download=download
        )
    except AssertionError as error:  # how timm says that it has no such data set
        raise ValueError(f"--data {address.text}: {error}") from error
    except RuntimeError as error:  # how torchvision says that its files are missing or damaged
        raise FileNotFoundError(
            f"--data {address.text}: not found or damaged in {address.options['root']}; "
            "add &download=true to fetch it"
        ) from error
    return TimmSplit(dataset, address.text, split, classes)


def _labels(dataset: Any, data: str) -> list[int]:
    """All labels of a data set, without reading a picture where it keeps them apart."""
    reader = getattr(dataset, "reader", None)
    found: Iterable[Any]
    if reader is not None:
        found = reader.iter_targets()
    elif hasattr(dataset, "targets"):
        found = [label[0] if getattr(label, "ndim", 0) else label for label in dataset.targets]
    elif hasattr(dataset, "index"):  # torchvision's INaturalist: (category, file)
        found = [category for category, _ in dataset.index]
    else:
        found = (dataset[i][1] for i in range(len(dataset)))
    labels = list(found)
    if not labels:
        raise ValueError(f"--data {data} has no images at all")
    if any(isinstance(label, str) for label in labels):
        raise ValueError(f"--data {data}: labels are words; number them with class_map=FILE")
    if any(label is None or int(label) < 0 for label in labels):
        raise ValueError(f"--data {data} has images without a label")
    return [int(label) for label in labels]


def _class_names(dataset: Any, labels: Sequence[int]) -> list[str]:
    numbers = getattr(getattr(dataset, "reader", None), "class_to_idx", None)
    if numbers:
        return [str(name) for name in sorted(numbers, key=numbers.__getitem__)]
    names = getattr(dataset, "classes", None) or getattr(dataset, "all_categories", None)
    if names:
        return [name if isinstance(name, str) else ", ".join(name) for name in names]
    return [str(i) for i in range(max(labels) + 1)]
