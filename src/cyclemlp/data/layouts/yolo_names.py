"""YOLO data sets without a YAML file, as LabelImg, Label Studio, CVAT and Roboflow write them.

``classes.txt``, ``obj.names`` or ``train/_darknet.labels`` has the name of a class in each line.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import SPLIT_NAMES
from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.layouts.yolo_file import YoloFile
from cyclemlp.data.layouts.yolo_labels import LabelFiles, read_labels

_FILES = (
    "classes.txt",
    "obj.names",
    "train/_darknet.labels",
    "labels/classes.txt",
    "labels/train/classes.txt",
    "train/labels/classes.txt",
    "train/classes.txt",
)
_IMAGES = 20  # images of a split that are examined to recognize the layout


def names_file(root: Path) -> Path | None:
    """Return the file with the class names, if ROOT has images with labels in YOLO's format."""
    files = [root / name for name in _FILES if (root / name).is_file()]
    return files[0] if files and has_labels(root) else None


def read_names(root: Path, file: Path) -> YoloFile:
    """Read the class names, and find the images of each split.

    They are listed in ``ROOT/<split>.txt``; or they are in ``ROOT/images/<split>``,
    ``ROOT/<split>/images`` or ``ROOT/<split>``. Otherwise all images in ``ROOT/images`` or ROOT are
    for training.

    Raises:
        ValueError: the file is not text, or has no names.
    """
    names = [line.strip() for line in read_text(file).splitlines() if line.strip()]
    if not names:
        raise ValueError(f"{file}: empty; expected the name of a class in each line")
    return YoloFile(file, dict(enumerate(names)), _splits(root), root)


def _splits(root: Path) -> dict[str, list[str]]:
    lists = {file.stem.lower(): [file.name] for file in root.glob("*.txt")}
    found = {name: entries for name, entries in lists.items() if name in SPLIT_NAMES}
    for form in ("images/{}", "{}/images", "{}"):
        place = root / form.partition("{")[0]
        folders = subfolders(place) if place.is_dir() else []
        found = found or {
            name.lower(): [form.format(name)]
            for name in folders
            if name.lower() in SPLIT_NAMES and (root / form.format(name)).is_dir()
        }
    return found or {"train": ["images" if (root / "images").is_dir() else "."]}


def has_labels(root: Path) -> bool:
    """Return whether ROOT has images with labels in YOLO's format, where `read_names` looks."""
    files = LabelFiles()
    places = (root / entry for entries in _splits(root).values() for entry in entries)
    for place in places:
        folder = place if place.is_dir() else root
        images = (file for file in folder.rglob("*") if is_image_name(file.name))
        labels = (read_labels(files.of(image), range(10**6)) for image in islice(images, _IMAGES))
        if any(label.lines for label in labels):
            return True
    return False
