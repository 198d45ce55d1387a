"""Pascal VOC's lists of images: ``ROOT/ImageSets/{Main,Segmentation}/<split>.txt``."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.files import files_below, leads_out, stem_below
from cyclemlp.data.layouts.common.split_names import MissingSplitError, choose_split
from cyclemlp.data.layouts.common.text_files import read_text

_PRESENCE = re.compile(r"\s+(-1|0|1)$")  # of a class, in VOC's lists for single classes


class Listed(NamedTuple):
    """The images of a split.

    Attributes:
        place: the list, or the folder of the annotations if there are no lists.
        stems: names without suffixes; names that are repeated are kept.
        files: all annotations by their names without suffixes.
        notes: messages for the user.
    """

    place: Path
    stems: list[str]
    files: dict[str, Path]
    notes: tuple[str, ...]


def list_images(
    root: Path, split: str, annotations: Path, suffix: str = ".xml", kind: str = "Main"
) -> Listed:
    """List the images of a split by ``ROOT/ImageSets/<kind>``.

    If there is neither ``train`` nor ``val``, ``trainval`` is used for training, as in VOC 2007
    with its ``trainval`` and ``test``, or ``default``, as in exports of CVAT. Lists may be in
    ``ROOT/ImageSets`` itself. Without any list, all annotated images are for training.

    Args:
        root: the data set's folder.
        split: the split's name.
        annotations: folder of the annotations.
        suffix: suffix of the annotations, in lower case.
        kind: the folder of the lists.

    Raises:
        ValueError: there are no annotations, there is no such split, it is empty, or a name leads
            out of the data set.
    """
    found = sorted(file for file in files_below(annotations)[0] if file.suffix.lower() == suffix)
    files = {stem_below(file, annotations): file for file in found}
    lists = _lists(root / "ImageSets" / kind) or _lists(root / "ImageSets")
    if not files:
        raise ValueError(f"{annotations} has no {suffix} files; expected one for each image")
    if not lists:
        return _unlisted(root, split, annotations, files, kind)
    name, notes = _choose(split, lists)
    return Listed(lists[name], _listed_stems(lists[name], files), files, notes)


def _lists(folder: Path) -> dict[str, Path]:
    return {file.stem: file for file in sorted(folder.glob("*.txt")) if file.is_file()}


def _unlisted(
    root: Path, split: str, annotations: Path, files: dict[str, Path], kind: str
) -> Listed:
    if split != "train":
        raise MissingSplitError(
            f"{root} has no split {split!r}, because it has no lists of images; write "
            f"ImageSets/{kind}/train.txt and {split}.txt, with one image name per line",
            split,
        )
    note = f"split 'train' is all {len(files)} files of {annotations}: there are no lists of images"
    return Listed(annotations, sorted(files), files, (note,))


def _listed_stems(file: Path, annotations: Container[str]) -> list[str]:
    """Read the names of a list, without suffixes; names that are repeated are kept.

    Args:
        file: the list.
        annotations: names of the annotations, which decide how to read ambiguous lines.

    Raises:
        ValueError: the list is empty, or a name leads out of the data set.
    """
    lines = map(str.strip, read_text(file).splitlines())
    stems = [_stem(line, annotations) for line in lines if line]
    if not stems:
        raise ValueError(f"{file}: it lists no images; expected one image name per line")
    outside = [stem for stem in stems if leads_out(stem)]
    if outside:
        raise ValueError(
            f"{file}: {outside[0]!r} is not the name of an image in JPEGImages; write one name a "
            "line, without folders and masks"
        )
    return stems


def _choose(split: str, lists: Mapping[str, Path]) -> tuple[str, tuple[str, ...]]:
    parts = {"train", "training", "val", "validation", "valid"}  # trainval would contain them
    if split == "train" and not parts & {name.lower() for name in lists}:
        for name in ("trainval", "default"):
            if name in lists:
                return name, (f"split 'train' is read from {name!r}",)
    return choose_split(split, lists, str(next(iter(lists.values())).parent))


def _stem(line: str, annotations: Container[str]) -> str:
    """Return the name in a line, which may end in a class's -1, 0 or 1.

    A name may contain spaces, and may have quotes and an image suffix. The first reading with an
    annotation is used.
    """
    names = [part.strip('"') for part in (line, _PRESENCE.sub("", line))]
    names += [str(PurePosixPath(n).with_suffix("")) for n in names if is_image_name(n)]
    return next((n for n in names if n in annotations), names[1])
