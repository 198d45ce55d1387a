"""Pascal VOC's XML files of objects (Everingham et al., IJCV 2010)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from cyclemlp.data.images import is_image_name
from cyclemlp.data.layouts.folders import choose_split, files_below, leads_out, read_text
from cyclemlp.data.layouts.objects import Item, ObjectSplit, Scene
from cyclemlp.data.split import label_map

_PRESENCE = re.compile(r"\s+(-1|0|1)$")  # of a class, in the lists that VOC has for each

Named = tuple[str, Item]
"""A class's name, and the object with its label still open."""


def is_voc(root: Path) -> bool:
    """Whether a folder is laid out like Pascal VOC."""
    return (root / "Annotations").is_dir() and (root / "JPEGImages").is_dir()


def open_voc(root: Path, split: str, classes: Sequence[str] | None = None) -> ObjectSplit:
    """Open one split of a data set in Pascal VOC's layout.

    ``ROOT/ImageSets/Main/<split>.txt`` names pictures, one a line, of ``ROOT/JPEGImages``, which
    ``ROOT/Annotations/<name>.xml`` describe. Where there is neither ``train`` nor ``val``, as in
    VOC 2007 with its ``trainval`` and ``test``, ``trainval`` is for training.

    Coordinates count pixels from 1, and the last one belongs to the object; corners that coincide
    make a box without area. Objects marked difficult become crowds.

    Args:
        root: the data set's folder.
        split: its name.
        classes: the order the labels follow; by default all names in ``Annotations``, sorted.

    Raises:
        ValueError: no such split, nothing in it, or a class that is none of `classes`.
    """
    lists = {file.stem: file for file in sorted(root.glob("ImageSets/Main/*.txt"))}
    if not lists:
        raise ValueError(
            f"{root} has no lists of pictures: expected ImageSets/Main/train.txt and val.txt, "
            "each with a picture's name a line"
        )
    name, notes = _choose(split, lists)
    stems = _stems(lists[name], root / "Annotations")
    repeats = len(stems) - len(stems := list(dict.fromkeys(stems)))
    pictures = _pictures(root / "JPEGImages")
    read = [_read(root / "Annotations" / f"{stem}.xml") for stem in stems]
    own = {name for objects, *_ in read for name, _ in objects}
    if classes is None:
        classes = sorted(own | _names(root / "Annotations", set(stems)))
    if not classes:
        raise ValueError(_without_classes(lists[name], [fault for *_, fault in read]))
    label_map(str(lists[name]), sorted(own), classes)
    labels = {name: label for label, name in enumerate(classes)}
    scenes = []
    for number, (stem, (objects, size, fault)) in enumerate(zip(stems, read, strict=True)):
        file = pictures.get(stem, root / "JPEGImages" / f"{stem}.jpg")
        items = tuple(item._replace(label=labels[name]) for name, item in objects)
        scenes.append(Scene(str(file), number, size, items, fault))
    if repeats:
        notes = (*notes, f"{repeats} lines of {lists[name].name} repeat a name: each counts once")
    return ObjectSplit(split, classes, scenes, notes=notes)


def _choose(split: str, lists: Mapping[str, Path]) -> tuple[str, tuple[str, ...]]:
    parts = {"train", "training", "val", "validation", "valid"}  # trainval would repeat them
    if split == "train" and "trainval" in lists and not parts & set(lists):
        return "trainval", ("split 'train' is read from 'trainval'",)
    return choose_split(split, lists, str(next(iter(lists.values())).parent))


def _stems(file: Path, annotations: Path) -> list[str]:
    stems = [
        _stem(line, annotations) for line in map(str.strip, read_text(file).splitlines()) if line
    ]
    if not stems:
        raise ValueError(f"{file}: it names no pictures; a line is a picture's name")
    outside = [stem for stem in stems if leads_out(stem)]
    if outside:
        raise ValueError(f"{file}: {outside[0]!r} is no name of a picture in JPEGImages")
    return stems


def _stem(line: str, annotations: Path) -> str:
    """The name in a line of a list: all of it, or what stands before a class's -1, 0 or 1.

    A name may have spaces, in quotes or not, and a picture's ending. The annotations decide.
    """
    names = [part.strip('"') for part in (line, _PRESENCE.sub("", line))]
    names += [str(PurePosixPath(n).with_suffix("")) for n in names if is_image_name(n)]
    return next((n for n in names if (annotations / f"{n}.xml").is_file()), names[1])


def _pictures(folder: Path) -> dict[str, Path]:
    """Files by their name without its ending, at any depth; of several the one like a picture."""
    files, _ = files_below(folder)
    files.sort(key=lambda file: (is_image_name(file.name), file))
    return {file.relative_to(folder).with_suffix("").as_posix(): file for file in files}


def _without_classes(file: Path, faults: list[str | None]) -> str:
    known = [fault for fault in faults if fault]
    why = f"{len(known)} annotations cannot be read, the first: {known[0]}" if known else ""
    return f"{file}: its {len(faults)} pictures have no object at all" + (f"; {why}" if why else "")


def _names(folder: Path, known: Iterable[str]) -> set[str]:
    """Classes of the other splits, so that all splits number them alike."""
    stems = {file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.xml")}
    read = (_read(folder / f"{stem}.xml") for stem in stems.difference(known))
    return {name for objects, *_ in read for name, _ in objects}


def _read(file: Path) -> tuple[list[Named], tuple[int, int] | None, str | None]:
    """Objects, stated size and fault of one file."""
    try:
        root = _parse(file)
        objects = [_object(i, entry) for i, entry in enumerate(root.findall("object"), start=1)]
        size = _size(root)
    except FileNotFoundError:
        return [], None, f"its annotation {file}: no such file"
    except (ParseError, ValueError) as error:
        return [], None, f"its annotation {file}: {error}"
    return objects, size, None


def _size(root: Element) -> tuple[int, int] | None:
    stated = [root.findtext(f"size/{side}") or "0" for side in ("width", "height")]
    try:
        width, height = (int(float(side.strip() or 0)) for side in stated)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"its width and height are whole numbers, got {stated}") from error
    return (width, height) if width and height else None


class _Plain(TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        # entities are declared there: some that grow without end, some that read other files
        raise ValueError("a document type is not allowed")


def _parse(file: Path) -> Element:
    parser = XMLParser(target=_Plain())
    parser.feed(file.read_bytes())
    root = parser.close()
    if root.tag != "annotation":
        raise ValueError(f"it describes no picture: it begins with <{root.tag}>, not <annotation>")
    return root


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
