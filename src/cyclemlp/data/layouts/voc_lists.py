"""Pascal VOC's lists of images: ``ROOT/ImageSets/Main/<split>.txt``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.files import leads_out
from cyclemlp.data.layouts.common.split_names import choose_split
from cyclemlp.data.layouts.common.text_files import read_text

_PRESENCE = re.compile(r"\s+(-1|0|1)$")  # of a class, in VOC's lists for single classes


def find_list(root: Path, split: str) -> tuple[Path, tuple[str, ...]]:
    """Find the list of a split in ``ROOT/ImageSets/Main``.

    If there is neither ``train`` nor ``val``, as in VOC 2007 with its ``trainval`` and ``test``,
    ``trainval`` is used for training.

    Returns:
        The list, and a note for the user if it has another name.

    Raises:
        ValueError: there are no lists, or none of this split.
    """
    lists = {file.stem: file for file in sorted(root.glob("ImageSets/Main/*.txt"))}
    if not lists:
        raise ValueError(
            f"{root} has no lists of images: expected ImageSets/Main/train.txt and val.txt, "
            "with one image name per line"
        )
    name, notes = _choose(split, lists)
    return lists[name], notes


def listed_stems(file: Path, annotations: Path) -> list[str]:
    """Read the names of a list, without suffixes; names that are repeated are kept.

    Args:
        file: the list.
        annotations: folder of the XML files, which decides how to read ambiguous lines.

    Raises:
        ValueError: the list is empty, or a name leads out of the data set.
    """
    lines = map(str.strip, read_text(file).splitlines())
    stems = [_stem(line, annotations) for line in lines if line]
    if not stems:
        raise ValueError(f"{file}: it lists no images; expected one image name per line")
    outside = [stem for stem in stems if leads_out(stem)]
    if outside:
        raise ValueError(f"{file}: {outside[0]!r} is not the name of an image in JPEGImages")
    return stems


def _choose(split: str, lists: Mapping[str, Path]) -> tuple[str, tuple[str, ...]]:
    parts = {"train", "training", "val", "validation", "valid"}  # trainval would contain them
    if split == "train" and "trainval" in lists and not parts & set(lists):
        return "trainval", ("split 'train' is read from 'trainval'",)
    return choose_split(split, lists, str(next(iter(lists.values())).parent))


def _stem(line: str, annotations: Path) -> str:
    """Return the name in a line, which may end in a class's -1, 0 or 1.

    A name may contain spaces, and may have quotes and an image suffix. The first reading with an
    XML file is used.
    """
    names = [part.strip('"') for part in (line, _PRESENCE.sub("", line))]
    names += [str(PurePosixPath(n).with_suffix("")) for n in names if is_image_name(n)]
    return next((n for n in names if (annotations / f"{n}.xml").is_file()), names[1])
