"""Pascal VOC's boxes (Everingham et al., IJCV 2010).

``ROOT/ImageSets/Main/<split>.txt`` lists the names of images in ``ROOT/JPEGImages``; the objects
are in ``ROOT/Annotations/<name>.xml``. Without lists, all annotated images are for training.
Objects marked difficult become crowds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.labels import label_map
from cyclemlp.data.layouts.common.files import files_below, stem_below
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.objects.object_split import ObjectSplit
from cyclemlp.data.layouts.objects.scene import Item, Scene
from cyclemlp.data.layouts.voc_lists import list_images
from cyclemlp.data.layouts.voc_xml import NamedBox, VocFile, read_voc

EXPECTED = "Pascal VOC's JPEGImages, Annotations and ImageSets"


def is_voc(root: Path) -> bool:
    """Return whether ROOT has the folders ``Annotations`` and ``JPEGImages``."""
    return (root / "Annotations").is_dir() and (root / "JPEGImages").is_dir()


def open_voc(
    root: Path, split: str, classes: Sequence[str] | None = None, masks: bool = False
) -> ObjectSplit:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is all names in ``Annotations``, sorted.
        masks: must be false; the XML files have no masks.

    Raises:
        ValueError: there is no such split, nothing in it, or a class that `classes` lacks; or
            masks are requested.
    """
    if masks:
        raise ValueError(f"--data {root}: Pascal VOC's boxes have no masks; use --task detect")
    annotations = root / "Annotations"
    file, listed, files, notes = list_images(root, split, annotations)
    stems = list(dict.fromkeys(listed))
    read = [read_voc(files.get(stem, annotations / f"{stem}.xml")) for stem in stems]
    classes = _classes(file, files, stems, read) if classes is None else classes
    label_map(str(file), sorted(_names(read)), classes)  # raises if a class is unknown
    scenes = _scenes(root / "JPEGImages", stems, read, classes)
    if repeats := len(listed) - len(stems):
        notes = (*notes, f"{repeats} lines of {file.name} repeat a name: each counts once")
    return ObjectSplit(split, classes, scenes, notes=notes)


def _classes(
    file: Path, files: Mapping[str, Path], stems: Sequence[str], read: Sequence[VocFile]
) -> list[str]:
    """Return the classes of all splits, so that all splits have the same labels."""
    unread = (read_voc(files[stem]) for stem in files.keys() - set(stems))
    classes = sorted(_names(read) | _names(unread))
    if not classes:
        raise ValueError(f"{file}: its {len(read)} images have no objects{_why(read)}")
    return classes


def _why(read: Sequence[VocFile]) -> str:
    faults = [content.fault for content in read if content.fault]
    return f"; {len(faults)} annotations cannot be read, the first: {faults[0]}" if faults else ""


def _names(files: Iterable[VocFile]) -> set[str]:
    return {found.name for content in files for found in content.objects}


def _scenes(
    folder: Path, stems: Sequence[str], read: Sequence[VocFile], classes: Sequence[str]
) -> list[Scene]:
    images = _images(folder)
    labels = {name: label for label, name in enumerate(classes)}
    scenes = []
    for number, (stem, content) in enumerate(zip(stems, read, strict=True)):
        file = images.get(stem, folder / f"{stem}.jpg")
        items = tuple(_item(found, labels[found.name]) for found in content.objects)
        scenes.append(Scene(str(file), number, content.size, items, content.fault))
    return scenes


def _item(found: NamedBox, label: int) -> Item:
    name = f"object {found.number} ({found.name})"
    return Item(found.box, label, found.difficult, name=name, written=found.written)


def _images(folder: Path) -> dict[str, Path]:
    """Return files by their name without suffix, at any depth; images replace other files."""
    files, _ = files_below(folder)
    files.sort(key=lambda file: (is_image_name(file.name), file))
    return {stem_below(file, folder): file for file in files}


LAYOUT = Layout("Pascal VOC", ("detect",), EXPECTED, is_voc, open_voc)
