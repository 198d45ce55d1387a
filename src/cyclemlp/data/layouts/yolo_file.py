"""Reading YOLO's description of a data set: ``data.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from cyclemlp.data.layouts.common.files import is_system_file
from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.messages import shortened

_SPLITS = ("train", "training", "val", "valid", "validation", "test")
DESCRIPTIONS = (".yaml", ".yml")
"""Suffixes of descriptions."""

_ABSENT = frozenset({"", "~", "null", "none"})


class YoloFile(NamedTuple):
    """The content of a description.

    Attributes:
        file: its path.
        names: class names by their number in the labels.
        splits: folders and lists of images of each split, as written.
        folder: the data set's folder, to which they are relative.
        base: another folder that they are relative to, as written; empty for none.
        key_values: number of values of an object's key points, which labels have behind its box.
    """

    file: Path
    names: dict[int, str]
    splits: dict[str, list[str]]
    folder: Path
    base: str = ""
    key_values: int = 0


def yolo_files(root: Path) -> list[Path]:
    """Return ``data.yaml`` or, without it, the YAML files that describe a data set.

    Args:
        root: the data set's folder, or a file, which is returned.
    """
    if root.is_file():
        return [root]
    files = [f for f in sorted(root.iterdir()) if f.suffix.lower() in DESCRIPTIONS]
    files = [f for f in files if f.is_file() and not is_system_file(f.name)]
    main = [f for f in files if f.stem.lower() == "data" and _describes(f, required=False)]
    return main or [f for f in files if _describes(f, required=True)]


def read_yolo(file: Path) -> YoloFile:
    """Read a description.

    Raises:
        ValueError: it is not YAML, or a value is not as expected; the message names the file.
    """
    content = _content(file)
    names = _names(file, content.get("names"))
    number = content.get("nc", "")
    if not _is_absent(number) and number not in (str(len(names)), str(max(names) + 1)):
        raise ValueError(
            f"{file}: nc is {shortened(number)}, but there are {len(names)} names; make nc the "
            "number of names, or remove it"
        )
    entries = {key: _entries(file, key, content.get(key, "")) for key in _SPLITS}
    base = content.get("path", "")
    if not isinstance(base, str):
        raise ValueError(f"{file}: path is a folder, got {shortened(base)}")
    splits = {key: found for key, found in entries.items() if found}
    base = "" if _is_absent(base) else base
    return YoloFile(file, names, splits, file.parent, base, _key_values(file, content))


def _describes(file: Path, required: bool) -> bool:
    """Return whether a file has the keys of a description; `required` demands ``names``."""
    try:
        content = _content(file)
    except (ValueError, OSError):
        return not required  # `read_yolo` reports it
    return ("train" in content or "val" in content) and (not required or "names" in content)


def _content(file: Path) -> dict[str, Any]:
    try:
        # BaseLoader makes text of all scalars, so that classes may be named `no` or `7`, and
        # evaluates no tags. Its version in C ends the process on deep nesting.
        content = yaml.load(read_text(file), yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: {getattr(error, 'problem', '')}" if mark else str(error)
        raise ValueError(f"{file}: not YAML: {where}") from error
    except RecursionError as error:
        raise ValueError(f"{file}: not readable as YAML: too deeply nested") from error
    return content if isinstance(content, dict) else {}


def _names(file: Path, names: Any) -> dict[int, str]:
    given = names
    if isinstance(names, list):
        names = {str(number): name for number, name in enumerate(names)}
    if not isinstance(names, dict) or not names or not all(map(_is_number, names)):
        raise ValueError(
            f"{file}: names is a list of class names, or a map from 0, 1, 2, … to them, "
            f"got {shortened(given)}"
        )
    for number, name in names.items():
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"{file}: the name of class {number} is text, got {shortened(name)}")
    found = {int(number): names[number].strip() for number in sorted(names, key=int)}
    if len(found) < len(names):
        raise ValueError(
            f"{file}: names has a number twice, written as {', '.join(names)}; keep one of them"
        )
    return found


def _key_values(file: Path, content: dict[str, Any]) -> int:
    shape = content.get("kpt_shape", "")
    if _is_absent(shape):
        return 0
    if not (isinstance(shape, list) and len(shape) == 2 and all(map(_is_number, shape))):
        raise ValueError(
            f"{file}: kpt_shape is the number of key points and of the values of each, such as "
            f"[17, 3], got {shortened(shape)}"
        )
    return int(shape[0]) * int(shape[1])


def _is_number(key: Any) -> bool:
    return isinstance(key, str) and key.isdecimal() and len(key) < 10


def _entries(file: Path, key: str, value: Any) -> list[str]:
    entries = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, str) for entry in entries):
        raise ValueError(
            f"{file}: {key} is a folder, a list file or several of them, got {shortened(value)}"
        )
    return [entry.strip() for entry in entries if not _is_absent(entry)]


def _is_absent(value: Any) -> bool:
    return isinstance(value, str) and value.strip().lower() in _ABSENT
