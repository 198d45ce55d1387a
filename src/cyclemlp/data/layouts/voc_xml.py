"""Pascal VOC's XML files: one file of objects for each image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from cyclemlp.data.layouts.common.annotation_files import AnnotationFiles
from cyclemlp.data.layouts.objects.scene import Box

_SIDES = ("xmin", "ymin", "xmax", "ymax")

VOC = AnnotationFiles(".xml", re.compile(rb"<annotation[\s>]"))  # CVAT's has <annotations>


class NamedBox(NamedTuple):
    """One object: its class's name, its box, whether it is marked difficult, and its number.

    `written` has the corners as in the file.
    """

    name: str
    box: Box
    difficult: bool
    number: int
    written: Mapping[str, str]


class VocFile(NamedTuple):
    """The content of one file.

    `fault` says why the file cannot be used; `image` is the image's name as written.
    """

    objects: tuple[NamedBox, ...] = ()
    size: tuple[int, int] | None = None
    fault: str | None = None
    image: str = ""


def read_voc(file: Path) -> VocFile:
    """Read a file.

    Coordinates count pixels from 1, and the last pixel belongs to the object. Coincident corners
    make a box without area. Exchanged corners stay exchanged.
    """
    try:
        root = _parse(file)
        objects = [_object(i, entry) for i, entry in enumerate(root.findall("object"), start=1)]
        image = (root.findtext("filename") or "").strip()
        return VocFile(tuple(objects), _size(root), image=image)
    except FileNotFoundError:
        return VocFile(fault=f"its annotation {file}: no such file")
    except ParseError as error:
        return VocFile(fault=f"its annotation {file}: not XML, or cut off: {error}")
    except ValueError as error:
        return VocFile(fault=f"its annotation {file}: {error}")


class _Plain(TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        # a document type can declare entities that grow without bound or read other files
        raise ValueError("a document type is not allowed")


def _parse(file: Path) -> Element:
    parser = XMLParser(target=_Plain())
    try:
        parser.feed(file.read_bytes())
    except (ParseError, ValueError, LookupError) as error:
        if "encoding" not in str(error):
            raise
        raise ValueError("its encoding cannot be read; save it as UTF-8") from error
    root = parser.close()
    if root.tag != "annotation":
        raise ValueError(f"its root element is <{root.tag}>, not <annotation>")
    return root


def _size(root: Element) -> tuple[int, int] | None:
    stated = [root.findtext(f"size/{side}") or "0" for side in ("width", "height")]
    try:
        width, height = (int(float(side.strip() or 0)) for side in stated)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"its width and height are whole numbers, got {stated}") from error
    return (width, height) if width and height else None


def _object(number: int, entry: Element) -> NamedBox:
    name = (entry.findtext("name") or "").strip()
    if not name:
        raise ValueError(f"object {number} has no name")
    written = {side: (entry.findtext(f"bndbox/{side}") or "").strip() for side in _SIDES}
    try:
        first_x, first_y, last_x, last_y = (float(text) for text in written.values())
    except ValueError as error:
        raise ValueError(f"object {number} ({name}) has no bndbox of 4 numbers") from error
    left, right = _edges(first_x, last_x)
    top, bottom = _edges(first_y, last_y)
    difficult = (entry.findtext("difficult") or "0").strip().lower() in ("1", "true")
    return NamedBox(name, (left, top, right, bottom), difficult, number, written)


def _edges(first: float, last: float) -> tuple[float, float]:
    """Return the edges of the pixels from `first` to `last`, which count from 1."""
    if first == last:  # a click, not an object of one pixel
        return first - 1, first - 1
    return (first - 1, last) if first < last else (first, last - 1)
