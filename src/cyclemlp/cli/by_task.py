"""Functions with evaluated types, which may depend on the task that the command line names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import pairwise
from typing import Any

from cyclemlp.cli.flags import argument_types
from cyclemlp.cli.recipes import read_settings, settings_file

KindsFor = Callable[[str | None, str | None], dict[str, type]]
"""A function from the given ``task`` and ``data``, each None if not given, to name -> type."""


def specialised(
    function: Callable[..., Any], kinds_for: KindsFor | None, arguments: Sequence[str]
) -> Callable[..., Any]:
    """Return the function with the types, and their defaults, of the chosen task.

    Its types are evaluated, and the result's is left out, so that no parser imports it.

    Args:
        function: a function; with `kinds_for`, one with arguments ``task`` and ``data``.
        kinds_for: returns the types of the arguments that depend on the task.
        arguments: the words after the verb.
    """
    kinds = {} if kinds_for is None else kinds_for(*_chosen(arguments))
    hints = argument_types(function) | kinds
    defaults = {name: kind() for name, kind in kinds.items()}
    return _with_signature(function, hints, defaults)


def _chosen(arguments: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the task and the data that flags or a settings file name, whichever comes last."""
    chosen: dict[str, Any] = {}
    words = [part for word in arguments for part in word.split("=", 1)]
    for flag, value in pairwise([*words, ""]):
        if flag in ("--task", "--data"):
            chosen[flag[2:]] = value
        elif flag == "--config":
            chosen |= read_settings(settings_file(value))
    return chosen.get("task"), chosen.get("data")


def _with_signature(
    function: Callable[..., Any], hints: dict[str, Any], defaults: dict[str, Any]
) -> Callable[..., Any]:
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
