"""COCO's format (Lin et al., ECCV 2014): ``instances_<split>.json`` and folders of images.

Annotation files ``instances_<split>[<year>].json`` are in ROOT or ``ROOT/annotations``. Images are
in ``ROOT/images/<split>`` or ``ROOT/<split>``, either with the year of the file's name, or in
``ROOT/images``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.coco_categories import categories_of
from cyclemlp.data.layouts.coco_file import listed_images, read_coco
from cyclemlp.data.layouts.coco_images import find_images
from cyclemlp.data.layouts.coco_notes import notes_on
from cyclemlp.data.layouts.coco_scenes import scenes_of
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.split_names import choose_split
from cyclemlp.data.layouts.objects.object_split import ObjectSplit

EXPECTED = (
    "ROOT/instances_train.json with ROOT/images/train/*, "
    "ROOT/annotations/instances_train2017.json with ROOT/train2017/*"
)
_NAME = re.compile(r"instances_(?P<split>.+?)(?P<year>\d{4})?\.json")


def is_coco(root: Path) -> bool:
    """Return whether ROOT or ``ROOT/annotations`` has a file ``instances_<split>.json``."""
    return bool(_files(root))


def open_coco(
    root: Path, split: str, classes: Sequence[str] | None = None, masks: bool = False
) -> ObjectSplit:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the order of the category ids.
        masks: whether targets have masks.

    Raises:
        ValueError: there is no such split, or two files of it; the file is not in COCO's format,
            has ambiguous ids, nothing in it, or a class that `classes` lacks.
        FileNotFoundError: there is no folder of images.
    """
    available = _files(root)
    name, notes = choose_split(split, available, str(root))
    file, *others = available[name]
    if others:
        both = " and ".join(map(str, available[name]))
        raise ValueError(f"split {name!r} has more than one file, {both}: keep only one of them")
    content = read_coco(file)
    folder = _image_folder(root, name, file.stem.removeprefix("instances_"))
    images, duplicates = listed_images(file, content["images"])
    categories = categories_of(file, content["categories"], content["annotations"], classes)
    files, found = find_images(file, root, folder, images)
    scenes = scenes_of(root, files, images, content["annotations"], categories, masks)
    notes = (*notes, *duplicates, *found, *notes_on(file, folder, images, content["annotations"]))
    return ObjectSplit(split, categories.names, scenes, masks, notes, categories.ids)


def _files(root: Path) -> dict[str, list[Path]]:
    """Return the annotation files by split."""
    found = defaultdict(list)
    places = [*root.glob("instances_*.json"), *root.glob("annotations/instances_*.json")]
    for place in sorted(places):
        if match := _NAME.fullmatch(place.name):
            found[match["split"]].append(place)
    return found


def _image_folder(root: Path, split: str, with_year: str) -> Path:
    images = root / "images"
    places = (images / with_year, images / split, root / with_year, root / split, images)
    for place in places:
        if place.is_dir():
            return place
    looked = ", ".join(str(place) for place in dict.fromkeys(places))
    raise FileNotFoundError(f"no folder with the images of split {split!r}: looked for {looked}")


LAYOUT = Layout("COCO's format", "detect or instance", EXPECTED, is_coco, open_coco)
