"""YOLO's layout: ``data.yaml``, images, and a text file of boxes or polygons for each image.

``ROOT/data.yaml``, or the only YAML file with its keys, has the class names (``names``) and the
folders or list files of the splits (``train``, ``val``, ``test``). Without it, ``classes.txt`` or
``obj.names`` has a class name in each line, and see `read_names` for the splits. The labels of
``images/train/a.jpg`` are ``labels/train/a.txt``, those of ``train/images/a.jpg`` are
``train/labels/a.txt``; an image without labels has no objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cyclemlp.data.labels import label_map
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.split_names import (
    OWN_VALIDATION,
    MissingSplitError,
    choose_split,
)
from cyclemlp.data.layouts.objects.object_split import ObjectSplit
from cyclemlp.data.layouts.yolo_file import DESCRIPTIONS, YoloFile, read_yolo, yolo_files
from cyclemlp.data.layouts.yolo_images import Images, split_images
from cyclemlp.data.layouts.yolo_labels import LabelFiles, Labels, label_folders, read_labels
from cyclemlp.data.layouts.yolo_names import names_file, read_names
from cyclemlp.data.layouts.yolo_scenes import scene_of
from cyclemlp.data.messages import shown

EXPECTED = "YOLO's ROOT/data.yaml with images and labels"


def is_yolo(root: Path) -> bool:
    """Return whether ROOT has YOLO's YAML file, an unreadable ``data.yaml``, or class names."""
    return bool(yolo_files(root) or names_file(root))


def open_yolo(
    root: Path, split: str, classes: Sequence[str] | None = None, masks: bool = False
) -> ObjectSplit:
    """Open one split.

    Args:
        root: the data set's folder, or the YAML file that describes it.
        split: the split's name.
        classes: the order of the labels; the default is the order of ``names``.
        masks: whether targets have masks, which the labels need polygons for. Without masks,
            polygons become their bounding boxes.

    Raises:
        ValueError: there are several descriptions, or a wrong one; there is no such split, nothing
            in it, or a class that `classes` lacks; or masks are requested and the labels are boxes.
        FileNotFoundError: a folder or list of the split does not exist; for validation it is a
            `MissingSplitError`.
    """
    descriptions = yolo_files(root)
    names_only = None if descriptions else names_file(root)
    data = read_names(root, names_only) if names_only else read_yolo(_only(descriptions))
    name, notes = choose_split(split, data.splits, str(data.file))
    found = _images(data, name, split)
    files = LabelFiles()
    own = (files.of(image.file) for image in found.images)
    labels = [read_labels(file, data.names, data.key_values) for file in own]
    if masks:
        _require_polygons(root, name, labels)
    names = _classes(data, labels, classes)
    places = {known: label for label, known in enumerate(names)}
    scenes = [
        scene_of(number, image, entry, data.names, places, masks)
        for number, (image, entry) in enumerate(zip(found.images, labels, strict=True))
    ]
    notes = (*notes, *found.notes, *_notes(found, labels, files))
    if data.key_values:
        notes = (*notes, f"{data.file} describes key points (kpt_shape): left out, boxes are used")
    return ObjectSplit(split, names, scenes, masks, notes)


def _images(data: YoloFile, name: str, split: str) -> Images:
    """Return the images of a split; validation images may be described and not be there.

    Roboflow describes all splits, also those that its user did not make.
    """
    try:
        return split_images(data, name)
    except FileNotFoundError as error:
        if split in ("val", OWN_VALIDATION):
            raise MissingSplitError(str(error), split) from error
        raise


def _classes(
    data: YoloFile, labels: Sequence[Labels], classes: Sequence[str] | None
) -> tuple[str, ...]:
    """Return the classes in the order of the labels; names that are repeated are one class."""
    if classes is None:
        return tuple(dict.fromkeys(data.names.values()))
    used = sorted({line.label for entry in labels for line in entry.lines})
    label_map(str(data.file), [data.names[number] for number in used], classes)
    return tuple(classes)


def _only(files: Sequence[Path]) -> Path:
    file, *others = files
    if others:
        raise ValueError(
            f"{' and '.join(map(str, files))} all describe a data set: keep only one of them, or "
            "call it data.yaml"
        )
    return file


def _require_polygons(root: Path, split: str, labels: Sequence[Labels]) -> None:
    lines = [line for entry in labels for line in entry.lines]
    if lines and all(line.is_box for line in lines):
        raise ValueError(
            f"--data {root}: the labels of split {split!r} are boxes, which have no masks; "
            "use --task detect"
        )


def _notes(found: Images, labels: Sequence[Labels], files: LabelFiles) -> Iterator[str]:
    yield from _note_on_shapes(labels)
    pairs = zip(found.images, labels, strict=True)
    without = [image.file for image, entry in pairs if not (image.fault or entry.file)]
    if without:
        places = " or ".join(map(str, label_folders(without[0].parent)))
        yield (
            f"{len(without)} of {len(labels)} images have no label file and count as images "
            f"without objects, the first: {without[0].name} (looked in {places})"
        )
    used = [entry.file for entry in labels if entry.file]
    if shared := len(used) - len(set(used)):
        yield f"{shared} images share their labels with another image of the same name"
    unused = sorted(str(file) for file in files.all().difference(used))
    if unused and found.from_folders:  # a list may leave images out
        yield f"{len(unused)} label files have no image: {shown(unused)}"


def _note_on_shapes(labels: Sequence[Labels]) -> Iterator[str]:
    lines = [line for entry in labels for line in entry.lines]
    if boxes := sum(line.is_box for line in lines):
        if polygons := len(lines) - boxes:
            yield f"{boxes} objects are boxes, and {polygons} are polygons with a bounding box"
    elif lines:
        yield f"{len(lines)} objects are polygons with a bounding box"


LAYOUT = Layout("YOLO", ("detect", "instance"), EXPECTED, is_yolo, open_yolo, DESCRIPTIONS)
