"""From a function's types to the names and types of its flags."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints


def flag_types(function: Callable[..., Any]) -> dict[str, Any]:
    """Return each flag's name, nested ones with dots (``optim.lr``), and its type.

    Args:
        function: a function whose arguments have types.
    """
    hints = argument_types(function)
    kinds: dict[str, Any] = {}
    for name in inspect.signature(function).parameters:
        kinds |= _flattened(name, hints[name])
    return kinds


def argument_types(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the type of each argument. The result's type is not evaluated: it may need torch."""
    annotations = {k: v for k, v in function.__annotations__.items() if k != "return"}
    unwrapped = types.SimpleNamespace(__annotations__=annotations)
    return get_type_hints(unwrapped, inspect.unwrap(function).__globals__)


def members(kind: Any) -> tuple[Any, ...]:
    """Return the types a value may have: a union's members, or the type itself."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def may_be_list(kind: Any) -> bool:
    """Return whether a value may be a list or tuple."""
    return any(is_list(member) for member in members(kind))


def must_be_list(kind: Any) -> bool:
    """Return whether a value that is given can only be a list or a tuple."""
    return may_be_list(kind) and all(
        is_list(member) for member in members(kind) if member not in (type(None), bool)
    )


def may_be_bool(kind: Any) -> bool:
    """Return whether a value may be true or false."""
    return bool in members(kind)


def may_be_dict(kind: Any) -> bool:
    """Return whether a value may be a dict, whose keys are flags too."""
    return any(get_origin(member) is dict for member in members(kind))


def is_list(kind: Any) -> bool:
    """Return whether a type, which is no union, is that of a list or tuple."""
    return get_origin(kind) in (list, tuple, Sequence)


def _flattened(name: str, kind: Any) -> dict[str, Any]:
    if not is_dataclass(kind):
        return {name: kind}
    hints = get_type_hints(kind)
    nested = {name: kind}
    for field in fields(kind):
        nested |= _flattened(f"{name}.{field.name}", hints[field.name])
    return nested
