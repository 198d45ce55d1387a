"""WebDataset shards: tar files with samples of ``KEY.jpg`` (png, webp, …) and ``KEY.cls``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cyclemlp.data.images.names import IMAGE_SUFFIXES
from cyclemlp.data.labels import label_map
from cyclemlp.data.layouts.classes.tar_members import Member, members_of
from cyclemlp.data.layouts.classes.tar_split import TarSplit
from cyclemlp.data.layouts.common.split_names import choose_split
from cyclemlp.data.layouts.common.text_files import read_json
from cyclemlp.data.messages import shown
from cyclemlp.data.split import Fault

Parts = dict[str, Member]
"""The members of one sample by their suffix, in lower case, without the first dot."""


def open_shards(
    root: Path,
    split: str,
    classes: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
) -> TarSplit:
    """Open the shards of one split.

    Args:
        root: folder of the shards. Its ``_info.json``, as in timm's data sets, lists the files of
            each split; without that file a shard has the split in its name (``train-0000.tar``).
        split: the split's name.
        classes: the order of the labels; the default is the order of `names`.
        names: class names in the order of the numbers; the default is the numbers themselves.

    Raises:
        FileNotFoundError: the folder or a shard does not exist.
        ValueError: there is no such split, no sample, or a label that `names` lacks.
    """
    tars, notes = _shards_of(root, split)
    members, labels, strays = _labelled(tars)
    if not members:
        raise ValueError(f"{shown([str(tar) for tar in tars])} have no images with .cls labels")
    own = tuple(names or (str(i) for i in range(max(labels) + 1)))
    if min(labels) < 0 or max(labels) >= len(own):
        raise ValueError(
            f"{root}: the labels {min(labels)} to {max(labels)} do not fit {len(own)} classes"
        )
    remap = label_map(str(root), own, classes)
    targets = [remap[label] for label in labels]
    return TarSplit(split, members, targets, classes or own, strays, 0, notes)


def _labelled(tars: Sequence[Path]) -> tuple[list[Member], list[int], list[Fault]]:
    """Return images, their labels, and samples without an image or a label."""
    members, labels, strays = [], [], []
    for tar in tars:
        for key, parts in _samples(tar):
            image = next((part for end, part in parts.items() if f".{end}" in IMAGE_SUFFIXES), None)
            if image is None or "cls" not in parts:
                lacking = "an image" if image is None else "a .cls label"
                strays.append(Fault(f"{tar}/{key}", f"a sample without {lacking}"))
                continue
            members.append(image)
            labels.append(_label(parts["cls"]))
    return members, labels, strays


def _samples(tar: Path) -> Iterator[tuple[str, Parts]]:
    """Group adjacent members whose paths are equal up to the file name's first dot."""
    key, parts = "", Parts()
    for member in members_of(tar):
        folder, _, file = member.name.rpartition("/")
        stem, _, ending = file.partition(".")
        if not stem or not ending:
            continue  # WebDataset skips hidden files and names without a suffix
        if parts and key != f"{folder}/{stem}":
            yield key, parts
            parts = {}
        key = f"{folder}/{stem}"
        parts[ending.lower()] = member
    if parts:
        yield key, parts


def _label(member: Member) -> int:
    text = member.read()
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{member}: a label is a whole number, got {text[:40]!r}") from None


def _shards_of(root: Path, split: str) -> tuple[list[Path], tuple[str, ...]]:
    if not root.is_dir():
        raise FileNotFoundError(
            f"{root}: no such folder; shards are read from a local disk, download them first"
        )
    splits = _listed(root) or _by_name(root)
    name, notes = choose_split(split, splits, str(root))
    return [root / file for file in splits[name]], notes


def _listed(root: Path) -> dict[str, list[str]]:
    for info in (root / "_info.json", root / "info.json"):
        if info.exists():
            return _splits_in(info)
    return {}


def _splits_in(info: Path) -> dict[str, list[str]]:
    content = read_json(info)
    try:
        splits = content.get("splits", {})
        return {name: list(part["filenames"]) for name, part in splits.items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f'{info}: expected {{"splits": {{"train": {{"filenames": ["train-0.tar", …]}}}}}}; '
            "correct it, or remove it if shards have the split in their names"
        ) from error


def _by_name(root: Path) -> dict[str, list[str]]:
    splits: dict[str, list[str]] = {}
    for tar in sorted(root.rglob("*.tar")):
        file = tar.relative_to(root).as_posix()
        for word in dict.fromkeys(re.split(r"[-_./]", file)[:-1]):
            splits.setdefault(word, []).append(file)
    return splits
