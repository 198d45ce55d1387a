"""Pascal VOC's lists of images: ``ROOT/ImageSets/{Main,Segmentation}/<split>.txt``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.files import leads_out
from cyclemlp.data.layouts.common.split_names import choose_split
from cyclemlp.data.layouts.common.text_files import read_text

_PRESENCE = re.compile(r"\s+(-1|0|1)$")  # of a class, in VOC's lists for single classes


def find_list(root: Path, split: str, kind: str = "Main") -> tuple[Path, tuple[str, ...]]:
    """Find the list of a split in ``ROOT/ImageSets/<kind>``.

    If there is neither ``train`` nor ``val``, ``trainval`` is used for training, as in VOC 2007
    with its ``trainval`` and ``test``, or ``default``, as in exports of CVAT.

    Returns:
        The list, and a note for the user if it has another name.

    Raises:
        ValueError: there are no lists, or none of this split.
    """
    lists = {file.stem: file for file in sorted(root.glob(f"ImageSets/{kind}/*.txt"))}
    if not lists:
        raise ValueError(
            f"{root} has no lists of images: expected ImageSets/{kind}/train.txt and val.txt, "
            "with one image name per line"
        )
    name, notes = _choose(split, lists)
    return lists[name], notes


def listed_stems(file: Path, annotations: Path, suffix: str = ".xml") -> list[str]:
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
