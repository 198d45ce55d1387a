"""Pascal VOC's lists of images: ``ROOT/ImageSets/{Main,Segmentation}/<split>.txt``."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
        notes: messages for the user.
    """

    place: Path
    stems: list[str]
    notes: tuple[str, ...]


def list_images(
    root: Path, split: str, annotations: Path, suffix: str = ".xml", kind: str = "Main"
) -> Listed:
    """List the images of a split by ``ROOT/ImageSets/<kind>``.

    If there is neither ``train`` nor ``val``, ``trainval`` is used for training, as in VOC 2007
    with its ``trainval`` and ``test``, or ``default``, as in exports of CVAT. Without any list, all
    annotated images are for training.

    Args:
        root: the data set's folder.
        split: the split's name.
        annotations: folder of the annotations.
        suffix: suffix of the annotations.
        kind: the folder of the lists.

    Raises:
        ValueError: there is no such split, it is empty, or a name leads out of the data set.
    """
    lists = {file.stem: file for file in sorted(root.glob(f"ImageSets/{kind}/*.txt"))}
    if not lists:
        return _unlisted(root, split, annotations, suffix, kind)
    name, notes = _choose(split, lists)
    return Listed(lists[name], _listed_stems(lists[name], annotations, suffix), notes)


def _unlisted(root: Path, split: str, annotations: Path, suffix: str, kind: str) -> Listed:
    if split != "train":
        raise MissingSplitError(
            f"{root} has no split {split!r}, because it has no lists of images; write "
            f"ImageSets/{kind}/train.txt and {split}.txt, with one image name per line",
            split,
        )
    files = [file for file in files_below(annotations)[0] if file.suffix == suffix]
    if not files:
        raise ValueError(f"{annotations} has no {suffix} files; expected one for each image")
    stems = sorted(stem_below(file, annotations) for file in files)
    note = f"split 'train' is all {len(stems)} files of {annotations}: there are no lists of images"
    return Listed(annotations, stems, (note,))


def _listed_stems(file: Path, annotations: Path, suffix: str) -> list[str]:
    """Read the names of a list, without suffixes; names that are repeated are kept.

    Args:
        file: the list.
        annotations: folder of the annotations, which decides how to read ambiguous lines.
        suffix: suffix of the annotations.

    Raises:
        ValueError: the list is empty, or a name leads out of the data set.
    """
    lines = map(str.strip, read_text(file).splitlines())
    stems = [_stem(line, annotations, suffix) for line in lines if line]
    if not stems:
        raise ValueError(f"{file}: it lists no images; expected one image name per line")
    outside = [stem for stem in stems if leads_out(stem)]
    if outside:
        raise ValueError(f"{file}: {outside[0]!r} is not the name of an image in JPEGImages")
    return stems


def _choose(split: str, lists: Mapping[str, Path]) -> tuple[str, tuple[str, ...]]:
    parts = {"train", "training", "val", "validation", "valid"}  # trainval would contain them
    if split == "train" and not parts & {name.lower() for name in lists}:
        for name in ("trainval", "default"):
            if name in lists:
                return name, (f"split 'train' is read from {name!r}",)
    return choose_split(split, lists, str(next(iter(lists.values())).parent))


def _stem(line: str, annotations: Path, suffix: str) -> str:
    """Return the name in a line, which may end in a class's -1, 0 or 1.

    A name may contain spaces, and may have quotes and an image suffix. The first reading with an
    annotation is used.
    """
    names = [part.strip('"') for part in (line, _PRESENCE.sub("", line))]
    names += [str(PurePosixPath(n).with_suffix("")) for n in names if is_image_name(n)]
    return next((n for n in names if (annotations / f"{n}{suffix}").is_file()), names[1])
