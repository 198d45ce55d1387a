"""Pascal VOC's XML files of objects (Everingham et al., IJCV 2010)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from cyclemlp.data.folders import choose_split, is_system_file
from cyclemlp.data.objects import Item, ObjectSplit, Scene
from cyclemlp.data.splits import label_map

Named = tuple[str, Item]
"""A class's name, and the object with its label still open."""


def is_voc(root: Path) -> bool:
    """Whether a folder is laid out like Pascal VOC."""
    return (root / "Annotations").is_dir() and (root / "JPEGImages").is_dir()


def open_voc(root: Path, split: str, classes: Sequence[str] | None = None) -> ObjectSplit:
    """Open one split of a data set in Pascal VOC's layout.

    ``ROOT/ImageSets/Main/<split>.txt`` names pictures, one a line, of ``ROOT/JPEGImages``, which
    ``ROOT/Annotations/<name>.xml`` describe. Coordinates count pixels from 1, and the last one
    belongs to the object; corners that coincide make a box without area. Objects marked difficult
    become crowds.

    Args:
        root: the data set's folder.
        split: its name.
        classes: the order the labels follow; by default all names in ``Annotations``, sorted.

    Raises:
        ValueError: no such split, nothing in it, or a class that is none of `classes`.
    """
    lists = {file.stem: file for file in sorted(root.glob("ImageSets/Main/*.txt"))}
    if not lists:
        raise ValueError(f"{root} has no lists of pictures: expected ImageSets/Main/<split>.txt")
    name, notes = choose_split(split, lists, str(lists[next(iter(lists))].parent))
    lines = (line.split() for line in lists[name].read_text(encoding="utf-8").splitlines())
    stems = [line[0] for line in lines if line]
    pictures = {
        file.stem: file for file in (root / "JPEGImages").iterdir() if not is_system_file(file.name)
    }
    read = [_read(root / "Annotations" / f"{stem}.xml") for stem in stems]
    own = {name for objects, *_ in read for name, _ in objects}
    if classes is None:
        classes = sorted(own | _names(root / "Annotations", set(stems)))
    label_map(str(lists[name]), sorted(own), classes)
    labels = {name: label for label, name in enumerate(classes)}
    scenes = []
    for number, (stem, (objects, size, fault)) in enumerate(zip(stems, read, strict=True)):
        file = pictures.get(stem, root / "JPEGImages" / f"{stem}.jpg")
        items = tuple(item._replace(label=labels[name]) for name, item in objects)
        scenes.append(Scene(str(file), number, size, items, fault))
    return ObjectSplit(split, classes, scenes, notes=notes)


def _names(folder: Path, known: Iterable[str]) -> set[str]:
    """Classes of the other splits, so that all splits number them alike."""
    files = (file for file in folder.glob("*.xml") if file.stem not in known)
    return {name for file in files for name, _ in _read(file)[0]}


def _read(file: Path) -> tuple[list[Named], tuple[int, int] | None, str | None]:
    """Objects, stated size and fault of one file."""
    try:
        root = _parse(file)
        objects = [_object(i, entry) for i, entry in enumerate(root.findall("object"), start=1)]
        width, height = (int(root.findtext(f"size/{side}") or 0) for side in ("width", "height"))
    except FileNotFoundError:
        return [], None, f"its annotation {file}: no such file"
    except (ParseError, ValueError) as error:
        return [], None, f"its annotation {file}: {error}"
    return objects, ((width, height) if width and height else None), None


class _Plain(TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        # entities are declared there: some that grow without end, some that read other files
        raise ValueError("a document type is not allowed")


def _parse(file: Path) -> Element:
    parser = XMLParser(target=_Plain())
    parser.feed(file.read_bytes())
    return parser.close()


def _object(number: int, entry: Element) -> Named:
    name = (entry.findtext("name") or "").strip()
    if not name:
        raise ValueError(f"object {number} has no name")
    try:
        left, top, right, bottom = (
            float(entry.findtext(f"bndbox/{side}") or "")
            for side in ("xmin", "ymin", "xmax", "ymax")
        )
    except ValueError as error:
        raise ValueError(f"object {number} ({name}) has no bndbox of 4 numbers") from error
    # coincident corners are a click and not an object: no last pixel is added to them
    last = (right if right > left else left - 1, bottom if bottom > top else top - 1)
    difficult = (entry.findtext("difficult") or "0").strip() == "1"
    return name, Item((left - 1, top - 1, *last), -1, difficult, name=f"object {number} ({name})")
