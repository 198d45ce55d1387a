"""What the value of a flag may be, in words."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, Literal, get_args, get_origin

from cyclemlp.cli.flags import is_list, members

_SCALARS = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    type(None): "null",
}
_NUMBERS = {2: "two", 3: "three", 4: "four"}


def expected(kind: Any) -> str:
    """Return what a value of this type is: ``tuple[int, int] | None`` -> "two whole numbers …".

    Args:
        kind: the type of an argument of a verb.
    """
    return ", or ".join(_expected(member) for member in members(kind))


def _expected(kind: Any) -> str:
    if kind in _SCALARS:
        return _SCALARS[kind]
    if get_origin(kind) is Literal:
        values = [str(value) for value in get_args(kind)]
        return f"one of {', '.join(values)}" if values[1:] else values[0]
    if is_list(kind):
        return _several(kind)
    if get_origin(kind) is dict or is_dataclass(kind):
        return "settings, each with its name"
    return "another value"


def _several(kind: Any) -> str:
    """Return what a list or tuple is; its members have one type."""
    types = [member for member in get_args(kind) if member is not Ellipsis]
    plain = _expected(types[0])
    if len(types) in _NUMBERS:
        return f"{_NUMBERS[len(types)]} {plain.removeprefix('a ')}s"
    if plain.startswith("one of "):
        return plain.replace("one of", "one or several of")
    return (
        f"one or several {plain.removeprefix('a ')}s" if plain != "text" else "one or several words"
    )
