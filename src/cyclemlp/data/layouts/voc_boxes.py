"""Pascal VOC's boxes (Everingham et al., IJCV 2010).

``ROOT/ImageSets/Main/<split>.txt`` lists the names of images in ``ROOT/JPEGImages``; the objects
are in ``ROOT/Annotations/<name>.xml``. Without lists, all annotated images are for training.
Objects marked difficult become crowds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.files import files_below, stem_below
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.objects.object_split import ObjectSplit
from cyclemlp.data.layouts.voc_lists import list_images
from cyclemlp.data.layouts.voc_scenes import voc_classes_of, voc_scenes
from cyclemlp.data.layouts.voc_xml import read_voc

EXPECTED = "Pascal VOC's JPEGImages, Annotations and ImageSets"


def is_voc(root: Path) -> bool:
    """Return whether ROOT has the folders ``Annotations`` and ``JPEGImages``.

    If it has masks as well, ``Annotations`` must not be empty, as tools for masks leave it.
    """
    annotations, images = root / "Annotations", root / "JPEGImages"
    if not (annotations.is_dir() and images.is_dir()):
        return False
    has_masks = (root / "SegmentationClass").is_dir()
    return not has_masks or any(f.suffix.lower() == ".xml" for f in annotations.rglob("*"))


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
    unread = (read_voc(files[stem]) for stem in files.keys() - set(stems))
    classes = voc_classes_of(file, read, unread, classes)
    folder = root / "JPEGImages"
    images = _images(folder)
    found = [images.get(stem, folder / f"{stem}.jpg") for stem in stems]
    if repeats := len(listed) - len(stems):
        notes = (*notes, f"{repeats} lines of {file.name} repeat a name: each counts once")
    return ObjectSplit(split, classes, voc_scenes(found, read, classes), notes=notes)


def _images(folder: Path) -> dict[str, Path]:
    """Return files by their name without suffix, at any depth; images replace other files."""
    files, _ = files_below(folder)
    files.sort(key=lambda file: (is_image_name(file.name), file))
    return {stem_below(file, folder): file for file in files}


LAYOUT = Layout("Pascal VOC", ("detect",), EXPECTED, is_voc, open_voc)
