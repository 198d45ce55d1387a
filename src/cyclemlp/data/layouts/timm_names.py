"""timm's data set strings: ``torch/NAME``, ``hfds/NAME`` and ``wds/DIR``.

A string may end in options, e.g. ``torch/cifar10?root=data&download=true``:

- ``root``: folder of the files (torch) or of the cache (hfds);
- ``download``: ``true`` downloads a torch data set that is missing;
- ``train``, ``val``, …: the data set's own name of the split, e.g. ``hfds/cifar10?val=test``;
- ``input_key``, ``target_key``: the columns of images and labels (hfds);
- ``class_map``: a text file with one class name per line (hfds, wds).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

from cyclemlp.data.layouts.classes.timm_split import TimmSplit
from cyclemlp.data.layouts.common.split_names import OWN_VALIDATION, MissingSplitError, choose_split
from cyclemlp.data.layouts.shards import open_shards
from cyclemlp.data.messages import reason_of
from cyclemlp.data.split import Split

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
    """Return whether `data` is a data set string of timm, and not the name of a folder."""
    kind, separator, _ = data.partition("/")
    return bool(separator) and kind.lower() in _KINDS and not Path(data).exists()


def open_timm(data: str, split: str, classes: Sequence[str] | None = None) -> Split:
    """Open one split.

    Args:
        data: a data set string, see the module's documentation.
        split: the split's name.
        classes: the order of the labels; the default is the data set's order.

    Raises:
        ValueError: an unsupported kind or option, no such split, or no labels.
        FileNotFoundError: the data does not exist.
        ImportError: ``hfds/`` needs the library ``datasets``.
    """
    address = _parse(data)
    if split == OWN_VALIDATION and "val" in address.options:
        split = "val"
    wanted = address.options.get(split, split)
    if address.kind == "wds":
        opened: Split = open_shards(Path(address.name), wanted, classes, _class_map(address))
        opened.name = split
        return opened
    if address.kind == "hfds":
        return _open_hfds(address, split, wanted, classes)
    return _open_torch(address, split, wanted, classes)


def _parse(data: str) -> _Address:
    address, _, query = data.partition("?")
    kind, _, name = address.partition("/")
    kind = kind.lower()
    if kind in _REFUSED:
        raise ValueError(f"--data {data}: {kind}/ is not supported; {_REFUSED[kind]}")
    if not name.strip("/"):
        raise ValueError(f"--data {data}: no name; expected {kind}/NAME")
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

    with _told(address):
        names = get_dataset_split_names(address.name)
    chosen, notes = choose_split(wanted, names, address.text)
    options = {key: address.options[key] for key in _READER_OPTIONS if key in address.options}
    root = address.options.get("root")
    with _told(address):
        dataset = create_dataset(f"hfds/{address.name}", root=root, split=chosen, **options)  # type: ignore[arg-type]
    return TimmSplit(dataset, address.text, split, classes, notes)


@contextmanager
def _told(address: _Address) -> Iterator[None]:
    """Raise any error of the library ``datasets``, or of the Hub, with what to do."""
    try:
        yield
    except Exception as error:  # of the library, the Hub, the connection or a damaged file
        raise ValueError(
            f"--data {address.text}: cannot be opened; check the name, the columns and the "
            f"connection, and that HF_HUB_OFFLINE is not set ({reason_of(error)})"
        ) from error


def _open_torch(
    address: _Address, split: str, wanted: str, classes: Sequence[str] | None
) -> TimmSplit:
    from timm.data import create_dataset

    if split == OWN_VALIDATION:  # torchvision's data sets do not list their splits
        raise MissingSplitError(f"--data {address.text} names no split for validation", split)
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
    except AssertionError as error:  # timm does not know the data set
        raise ValueError(f"--data {address.text}: {error}") from error
    except RuntimeError as error:  # torchvision misses files or finds them damaged
        raise FileNotFoundError(
            f"--data {address.text}: not found or damaged in {address.options['root']}; "
            "add &download=true to fetch it"
        ) from error
    return TimmSplit(dataset, address.text, split, classes)
