"""``classes.json``: the classes of masks, as a user describes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cyclemlp.data.colors import Color, is_color
from cyclemlp.data.layouts.common.text_files import read_json
from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.color_files import COLOR_FILES, read_color_file
from cyclemlp.data.layouts.masks.palette import Palette, is_ignored_name
from cyclemlp.data.layouts.masks.value_files import VALUE_FILES, read_value_file
from cyclemlp.data.messages import shortened


def described_classes(root: Path, classes: Sequence[str] | None) -> ClassTable | None:
    """Read ``ROOT/classes.json``, a table of colors or Roboflow's table, or return None.

    Args:
        root: the data set's folder.
        classes: the requested classes; without them the file must define at least two.

    Raises:
        ValueError: see `read_class_file` and `read_color_file`; or the file defines a single class.
    """
    files = (root / name for name in ("classes.json", *COLOR_FILES, *VALUE_FILES))
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return None
    table = _reader(file)(file)
    if classes is None:
        table.require_several(str(file))
    return table


def _reader(file: Path) -> Callable[[Path], ClassTable]:
    if file.name in COLOR_FILES:
        return read_color_file
    return read_class_file if file.suffix == ".json" else read_value_file


def read_class_file(file: Path) -> ClassTable:
    """Read a file of the form of ``classes.json``.

    Only the names are required::

        {
          "classes": ["sky", {"name": "road", "value": 3, "color": [128, 64, 128]}],
          "ignore_index": 255
        }

    ``value`` is the class's value in the masks; the default is its index in the list.
    ``ignore_index`` is one value, a list of values, or null for none; the default is 255, unless
    255 is the value of a class. Colors are used if every class has one; they may also be
    a list ``colors`` beside ``classes``, in the same order. If they are distinct, RGB masks are
    read by them. A class named void, ignore or unlabelled that has a color and no ``value`` is
    ignored.

    Raises:
        ValueError: the file has another form; the message says where.
    """
    content = read_json(file)
    try:
        return _table(content if isinstance(content, dict) else {"classes": content}, str(file))
    except ValueError as error:
        raise ValueError(
            f'{file}: {error}; expected {{"classes": [NAME or {{"name": NAME, "value": 0, '
            '"color": [R, G, B]}, …], "ignore_index": 255}'
        ) from error


def _table(content: dict[str, Any], where: str) -> ClassTable:
    parsed = [_entry(number, entry) for number, entry in enumerate(_entries(content))]
    kept = [entry for entry in parsed if not entry.ignored]
    if not kept:
        raise ValueError("every class has a name that means ignored pixels")
    values = [entry.value for entry in kept]
    void = tuple(entry.value for entry in parsed if entry.ignored)
    ignored = tuple(dict.fromkeys((*_ignored(content, values), *void)))
    colors = tuple(entry.color for entry in kept if entry.color)
    return ClassTable(
        tuple(entry.name for entry in kept),
        tuple(values),
        ignored,
        colors if len(colors) == len(kept) else (),
        _palette(parsed, where),
    )


def _entries(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is known of each class; colors may be in a list beside the classes."""
    if "classes" not in content:
        raise ValueError("no 'classes'")
    _check_keys("the file", content, ("classes", "colors", "ignore_index"))
    classes = content["classes"]
    if not isinstance(classes, list) or not classes:
        raise ValueError(f"the classes are a list of at least one, got {shortened(classes)}")
    known = [each if isinstance(each, dict) else {"name": each} for each in classes]
    colors = content.get("colors")
    if colors is None:
        return known
    if not isinstance(colors, list) or len(colors) != len(known):
        raise ValueError(f"'colors' is a list of {len(known)} colors, got {shortened(colors)}")
    return [{"color": color} | each for color, each in zip(colors, known, strict=True)]


def _check_keys(where: str, content: dict[str, Any], known: Sequence[str]) -> None:
    """Check that there is no other key, such as ``id``, whose meaning would be lost."""
    if unknown := [key for key in content if key not in known]:
        raise ValueError(
            f"{where} has {shortened(unknown[0])}, which is none of {', '.join(known)}"
        )


class _Entry(NamedTuple):
    name: str
    value: int
    color: Color | None
    ignored: bool


def _palette(entries: Sequence[_Entry], where: str) -> Palette | None:
    colors = {entry.color: entry.value for entry in entries if entry.color}
    if len(colors) < len(entries):  # without distinct colors, masks hold class numbers
        return None
    return Palette(where, tuple(colors), tuple(colors.values()))


def _ignored(content: dict[str, Any], values: Sequence[int]) -> tuple[int, ...]:
    if "ignore_index" not in content:
        return () if 255 in values else (255,)
    given = content["ignore_index"]
    listed = given if isinstance(given, list) else [] if given is None else [given]
    ignored = tuple(_whole("ignore_index", value) for value in listed)
    both = [value for value in ignored if value in values]
    if both:
        raise ValueError(f"{both[0]} is a class's value and ignore_index; it can be one of them")
    return ignored


def _entry(number: int, known: dict[str, Any]) -> _Entry:
    name, color = known.get("name"), known.get("color")
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"class {number} has no name, got {shortened(name or known)}")
    _check_keys(f"class {number}", known, ("name", "value", "color"))
    if color is not None and not is_color(color):
        raise ValueError(
            f"class {number} has the color {shortened(color)}, which is not 3 numbers in 0..255"
        )
    value = _whole(f"the value of class {number}", known.get("value", number))
    ignored = color is not None and "value" not in known and is_ignored_name(name)
    return _Entry(name, value, None if color is None else tuple(color), ignored)


def _whole(what: str, value: Any) -> int:
    if type(value) is not int:  # isinstance would accept true
        raise ValueError(f"{what} is a whole number, got {shortened(value)}")
    return value
