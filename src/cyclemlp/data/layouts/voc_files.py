"""Pascal VOC's XML files in other folders, as LabelImg and Roboflow write them.

Files and images are in ``ROOT/<split>``, at any depth, beside each other or in two folders. Without
folders of splits, all of them are for training.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.common.image_search import ImageSearch
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.objects.object_split import ObjectSplit
from cyclemlp.data.layouts.voc_scenes import voc_classes_of, voc_scenes
from cyclemlp.data.layouts.voc_xml import VOC, VocFile, read_voc
from cyclemlp.data.split import Fault

EXPECTED = "Pascal VOC's ROOT/train/*.xml beside the images"


def open_voc_files(
    root: Path, split: str, classes: Sequence[str] | None = None, masks: bool = False
) -> ObjectSplit:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is all names in the XML files, sorted.
        masks: must be false; the XML files have no masks.

    Raises:
        ValueError: there is no such split, no XML file, or a class that `classes` lacks; or masks
            are requested.
    """
    if masks:
        raise ValueError(f"--data {root}: Pascal VOC's boxes have no masks; use --task detect")
    folder, notes = VOC.split_folder(root, split)
    files = VOC.below(folder)
    if not files:
        raise ValueError(f"{folder} has no XML files; expected one for each image")
    read = [read_voc(file) for file in files]
    unread = (read_voc(file) for file in VOC.below(root) if not file.is_relative_to(folder))
    classes = voc_classes_of(folder, read, unread, classes)
    search = ImageSearch(folder, (), [content.image for content in read])
    images = _images(files, read, search)
    opened = ObjectSplit(
        split, classes, voc_scenes(images, read, classes), notes=(*notes, *search.notes())
    )
    reason = "no XML file annotates it; annotate it, or remove it"
    strays = sorted(set(search.images).difference(images))
    opened.strays = tuple(Fault(str(file), reason) for file in strays)
    return opened


def _images(files: Sequence[Path], read: Sequence[VocFile], search: ImageSearch) -> list[Path]:
    """Return the image of each file: beside it, else of its name, else the one that it names."""
    beside = {image.with_suffix(""): image for image in search.images}
    named: dict[str, list[Path]] = {}
    for image in search.images:
        named.setdefault(image.stem, []).append(image)
    found = []
    for file, content in zip(files, read, strict=True):
        same = named.get(file.stem, [])
        image = beside.get(file.with_suffix("")) or (same[0] if len(same) == 1 else None)
        written = search.find(content.image) if content.image and not image else None
        found.append(image or written or file.with_suffix(".jpg"))
    return found


LAYOUT = Layout("Pascal VOC's XML files", ("detect",), EXPECTED, VOC.are_in, open_voc_files)
