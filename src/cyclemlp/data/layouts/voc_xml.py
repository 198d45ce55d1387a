"""Pascal VOC's XML files: one file of objects for each image."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from cyclemlp.data.layouts.objects.scene import Box


class NamedBox(NamedTuple):
    """One object: its class's name, its box, whether it is marked difficult, and its number."""

    name: str
    box: Box
    difficult: bool
    number: int


class VocFile(NamedTuple):
    """The content of one file; `fault` says why the file cannot be used."""

    objects: tuple[NamedBox, ...] = ()
    size: tuple[int, int] | None = None
    fault: str | None = None


def read_voc(file: Path) -> VocFile:
    """Read a file.

    Coordinates count pixels from 1, and the last pixel belongs to the object. Coincident corners
    make a box without area.
    """
    try:
        root = _parse(file)
        objects = [_object(i, entry) for i, entry in enumerate(root.findall("object"), start=1)]
        return VocFile(tuple(objects), _size(root))
    except FileNotFoundError:
        return VocFile(fault=f"its annotation {file}: no such file")
    except (ParseError, ValueError) as error:
        return VocFile(fault=f"its annotation {file}: {error}")


class _Plain(TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        # a document type can declare entities that grow without bound or read other files
        raise ValueError("a document type is not allowed")


def _parse(file: Path) -> Element:
    parser = XMLParser(target=_Plain())
    parser.feed(file.read_bytes())
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
    try:
        left, top, right, bottom = (
            float(entry.findtext(f"bndbox/{side}") or "")
            for side in ("xmin", "ymin", "xmax", "ymax")
        )
    except ValueError as error:
        raise ValueError(f"object {number} ({name}) has no bndbox of 4 numbers") from error
    # coincident corners are a click, not an object of one pixel: their last pixel is not counted
    last = (right if right > left else left - 1, bottom if bottom > top else top - 1)
    difficult = (entry.findtext("difficult") or "0").strip() == "1"
    return NamedBox(name, (left - 1, top - 1, *last), difficult, number)
