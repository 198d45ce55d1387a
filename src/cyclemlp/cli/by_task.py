"""Functions some of whose arguments depend on the task that the command line names."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import wraps
from itertools import pairwise
from pathlib import Path
from typing import Any

from cyclemlp.cli.flags import argument_types
from cyclemlp.cli.recipes import read_settings, settings_file
from cyclemlp.tasks import TASKS, get_recipe

DefaultsFor = Callable[[Any], dict[str, Any]]
"""A function from what the user named to argument's name -> default, a frozen dataclass."""


def defaults_by_task(
    function: Callable[..., Any], defaults_for: DefaultsFor | None, arguments: Sequence[str]
) -> dict[str, Any]:
    """Return the defaults of the arguments that depend on the task; none if it is not known.

    Args:
        function: with an argument ``task`` or ``bundle``.
        defaults_for: takes the values of ``task`` and ``data``, those that the user gives, or the
            content of the bundle's ``config.json``.
        arguments: the words after the verb.
    """
    if defaults_for is None:
        return {}
    if "task" in inspect.signature(function).parameters:
        return defaults_for(_task_and_data(arguments))
    bundle = _bundle(arguments)
    return {} if bundle is None else defaults_for(bundle)


def flags_of_any_task() -> dict[str, Any]:
    """Return the flags of the settings that some task has, for a bundle that is not read yet."""
    kinds = [get_recipe(task).settings for task in TASKS]
    return {f"task_args.{field.name}": Any for kind in kinds for field in fields(kind)}


def specialised(function: Callable[..., Any], defaults: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the function with these defaults and their types.

    Its types are evaluated, and the result's is left out, so that no parser imports it.

    Args:
        function: a function with types.
        defaults: argument's name -> a frozen dataclass.
    """
    hints = argument_types(function) | {name: type(value) for name, value in defaults.items()}

    @wraps(function)
    def called(**values: Any) -> Any:
        return function(**values)

    signature = inspect.signature(function)
    parameters = [
        parameter.replace(annotation=hints[name], default=defaults.get(name, parameter.default))
        for name, parameter in signature.parameters.items()
    ]
    called.__annotations__ = hints
    own = signature.replace(parameters=parameters, return_annotation=signature.empty)
    called.__signature__ = own  # type: ignore[attr-defined]  # PEP 362
    del called.__wrapped__  # inspect would return the original's signature
    return called


def changed(value: Any, default: Any) -> dict[str, Any]:
    """Return a dict of the fields of a dataclass that differ from those of its default."""
    pairs = {field.name: getattr(value, field.name) for field in fields(value)}
    return {n: own for n, own in pairs.items() if _plain(own) != _plain(getattr(default, n))}


def _plain(value: Any) -> Any:
    """Return a tuple, which YAML does not have, as a list."""
    return [*value] if isinstance(value, tuple) else value


def _task_and_data(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the task and the data that flags or a settings file name, whichever comes last."""
    chosen: dict[str, Any] = {}
    words = [part for word in arguments for part in word.split("=", 1)]
    for flag, value in pairwise([*words, ""]):
        if flag in ("--task", "--data"):
            chosen[flag[2:]] = value
        elif flag == "--config":
            settings = read_settings(settings_file(value))
            named = {name: settings.get(name) for name in ("task", "data")}
            chosen |= {name: value for name, value in named.items() if isinstance(value, str)}
    return chosen


def _bundle(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Return the description of the first bundle or run among the words, or None."""
    for word in arguments:
        for file in (Path(word, "config.json"), Path(word, "bundle", "config.json")):
            if file.is_file():
                return _description(file)
    return None


def _description(file: Path) -> dict[str, Any] | None:
    """Return the content of a bundle's file; None if it is none, which the verb reports."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "task" in content else None
