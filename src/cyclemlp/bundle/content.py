"""The types of what a bundle's ``config.json`` holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cyclemlp.data.colors import is_color


def check_types(content: Mapping[str, Any], path: Path) -> None:
    """Check the type of each key of a bundle's description.

    Args:
        content: the keys that this version knows.
        path: the file, named in the message.

    Raises:
        ValueError: a value has another type.
    """
    for name, value in content.items():
        rule, holds = _RULES.get(name, _ANYTHING)
        if not holds(value):
            raise ValueError(f"{path}: {name} is {rule}, got {value!r}; save the bundle again")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_colors(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(map(is_color, value)))


Rule = tuple[str, Callable[[Any], bool]]

_ANYTHING: Rule = ("anything", lambda value: True)
_TEXT: Rule = ("text", _is_text)
_DICT: Rule = ("an object", _is_dict)
_RULES: dict[str, Rule] = {
    "task": _TEXT,
    "architecture": _TEXT,
    "classes": ("a list of names", _are_names),
    "preprocessing": _DICT,
    "model_args": _DICT,
    "task_args": _DICT,
    "colors": ("a list of [red, green, blue] in 0..255, or null", _are_colors),
    "training": _DICT,
    "versions": _DICT,
}
