"""Images inside tar files: class folders in one tar, and WebDataset shards.

timm reads shards as a stream. A stream's place cannot be restored exactly with several workers,
its shuffling depends on how many there are, and it drops what it cannot decode. So the members'
positions are indexed once, from the headers alone, and the shards are read like files in a folder:
any order, exact resume, every fault by name. That needs shards on a local disk, uncompressed.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from typing_extensions import override

from cyclemlp.data.images import IMAGE_SUFFIXES, image_fault, read_image
from cyclemlp.data.layouts.folders import choose_split, is_system_file
from cyclemlp.data.split import Fault, Sample, Split, label_map, shown


class Member(NamedTuple):
    """Where a picture's bytes are: `size` bytes from `offset` in the tar file `tar`."""

    tar: str
    name: str
    offset: int
    size: int


class TarSplit(Split):
    """Pictures in tar files, with random access. No file stays open between two reads.

    Args:
        name: the split's name.
        members: the pictures.
        targets: their labels.
        classes: class names.
        strays: see `Split`.
        ignored: see `Split`.
        notes: see `Split`.
    """

    def __init__(
        self,
        name: str,
        members: Sequence[Member],
        targets: Sequence[int],
        classes: Sequence[str],
        strays: Sequence[Fault] = (),
        ignored: int = 0,
        notes: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.members = tuple(members)
        self.targets = tuple(targets)
        self.classes = tuple(classes)
        self.strays = tuple(strays)
        self.ignored = ignored
        self.notes = tuple(notes)

    @override
    def __len__(self) -> int:
        return len(self.members)

    @override
    def __getitem__(self, index: int) -> Sample:
        return Sample(read_image(self._stream(index)), self.targets[index])

    @override
    def source(self, index: int) -> str:
        return f"{self.members[index].tar}/{self.members[index].name}"

    @override
    def labels(self, index: int) -> Sequence[int]:
        return (self.targets[index],)

    @override
    def fault(self, index: int) -> str | None:
        return image_fault(self._stream(index))

    def _stream(self, index: int) -> io.BytesIO:
        member = self.members[index]
        with open(member.tar, "rb") as tar:
            tar.seek(member.offset)
            stream = io.BytesIO(tar.read(member.size))
        stream.name = self.source(index)  # type: ignore[attr-defined]  # for error messages
        return stream


def open_class_tar(
    tar: Path, split: str, classes: Sequence[str] | None = None, notes: Sequence[str] = ()
) -> TarSplit:
    """Open ``<class>/*`` inside one tar file; a picture's class is the folder it lies in.

    Args:
        tar: the file.
        split: the split's name.
        classes: the order the labels follow; by default the folders', sorted.
        notes: see `Split`.

    Raises:
        ValueError: no tar file, no images, or a folder that is none of `classes`.
    """
    members = list(_members(tar))
    inside = [member for member in members if not is_system_file(member.name)]
    kept = sorted(member for member in inside if Path(member.name).parent.name)
    if not kept:
        raise ValueError(f"{tar} has no images in class folders; expected <class>/* inside it")
    own = sorted({Path(member.name).parent.name for member in kept})
    numbers = {name: i for i, name in enumerate(own)}
    remap = label_map(str(tar), own, classes)
    strays = [
        Fault(f"{tar}/{member.name}", "not in a class folder")
        for member in inside
        if not Path(member.name).parent.name
    ]
    targets = [remap[numbers[Path(member.name).parent.name]] for member in kept]
    return TarSplit(split, kept, targets, classes or own, strays, len(members) - len(inside), notes)


def open_shards(
    root: Path,
    split: str,
    classes: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
) -> TarSplit:
    """Open WebDataset shards: samples of ``KEY.jpg`` (png, webp, …) and ``KEY.cls``, a number.

    Args:
        root: folder of the shards. An ``_info.json`` in it lists each split's files, as timm's
            data sets do; without one, a shard's name has the split in it (``train-0000.tar``).
        split: the split's name.
        classes: the order the labels follow; by default that of `names`.
        names: of the classes, in the order of the numbers; by default the numbers themselves.

    Raises:
        FileNotFoundError: no such folder or shard.
        ValueError: no such split, no samples, or labels that `names` does not have.
    """
    tars, notes = _shards_of(root, split)
    members, labels, strays = [], [], []
    for tar in tars:
        for key, parts in _samples(tar):
            image = next((parts[end] for end in parts if f".{end}" in IMAGE_SUFFIXES), None)
            if image is None or "cls" not in parts:
                lacking = "picture" if image is None else ".cls label"
                strays.append(Fault(f"{tar}/{key}", f"a sample without a {lacking}"))
                continue
            members.append(image)
            labels.append(_label(parts["cls"]))
    if not members:
        raise ValueError(f"{shown([str(tar) for tar in tars])} have no images with .cls labels")
    own = tuple(names or (str(i) for i in range(max(labels) + 1)))
    if min(labels) < 0 or max(labels) >= len(own):
        raise ValueError(f"{root}: labels {min(labels)} to {max(labels)} for {len(own)} classes")
    remap = label_map(str(root), own, classes)
    targets = [remap[label] for label in labels]
    return TarSplit(split, members, targets, classes or own, strays, 0, notes)


def _members(tar: Path) -> Iterator[Member]:
    try:
        with tarfile.open(tar, "r:") as opened:
            for info in opened:
                if info.isfile():
                    yield Member(str(tar), info.name, info.offset_data, info.size)
            _insist_on_the_end(tar, opened.offset)
    except FileNotFoundError:
        raise FileNotFoundError(f"{tar}: no such file") from None
    except tarfile.TarError as error:
        raise ValueError(f"{tar} is no whole, uncompressed tar file: {error}") from error


def _insist_on_the_end(tar: Path, offset: int) -> None:
    """A tar file ends in empty blocks; one cut off between two members reads like a shorter one."""
    with open(tar, "rb") as file:
        file.seek(offset)
        if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("it is cut off, its end is missing; copy it again")


def _samples(tar: Path) -> Iterator[tuple[str, dict[str, Member]]]:
    """WebDataset's grouping: neighbours whose paths agree up to the file name's first dot."""
    key, parts = "", dict[str, Member]()
    for member in _members(tar):
        folder, _, file = member.name.rpartition("/")
        stem, _, ending = file.partition(".")
        if not stem or not ending:
            continue  # the convention's own rule: hidden files and names without an ending
        if parts and key != f"{folder}/{stem}":
            yield key, parts
            parts = {}
        key = f"{folder}/{stem}"
        parts[ending.lower()] = member
    if parts:
        yield key, parts


def _label(member: Member) -> int:
    with open(member.tar, "rb") as tar:
        tar.seek(member.offset)
        text = tar.read(member.size)
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            f"{member.tar}/{member.name}: a label is a whole number, got {text[:40]!r}"
        ) from None


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
            splits = json.loads(info.read_text(encoding="utf-8")).get("splits", {})
            return {name: list(content["filenames"]) for name, content in splits.items()}
    return {}


def _by_name(root: Path) -> dict[str, list[str]]:
    splits: dict[str, list[str]] = {}
    for tar in sorted(root.rglob("*.tar")):
        file = tar.relative_to(root).as_posix()
        for word in dict.fromkeys(re.split(r"[-_./]", file)[:-1]):
            splits.setdefault(word, []).append(file)
    return splits
