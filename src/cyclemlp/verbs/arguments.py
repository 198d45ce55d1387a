"""Arguments that a verb takes as another verb has them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Verb = TypeVar("Verb", bound=Callable[..., Any])

_ARGS = re.compile(r"\n\nArgs:\n(.*?)(?=\n\n\w|\Z)", re.DOTALL)


def with_arguments_of(source: Callable[..., Any], without: Sequence[str]) -> Callable[[Verb], Verb]:
    """Return a decorator that shows the arguments of `source` instead of ``**settings``.

    The signature, the types and the docstring get them, so that the command line has the flags with
    their help, and a settings file for `source` fits.

    Args:
        source: a function whose arguments have types and are documented.
        without: names of arguments that the decorated function does not take.
    """
    theirs = inspect.signature(source, eval_str=True).parameters

    def extend(function: Verb) -> Verb:
        own = inspect.signature(function)
        named = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
        left_out = {*without, *(parameter.name for parameter in named)}
        taken = [p for name, p in theirs.items() if name not in left_out]
        whole: Any = function
        whole.__signature__ = own.replace(parameters=[*named, *taken])
        kept = {
            name: kind for name, kind in function.__annotations__.items() if name in own.parameters
        }
        kept.pop("settings", None)
        returned = {"return": function.__annotations__["return"]}
        whole.__annotations__ = kept | {p.name: p.annotation for p in taken} | returned
        whole.__doc__ = _documented(function, source, [p.name for p in taken])
        return function

    return extend


def _documented(function: Callable[..., Any], source: Callable[..., Any], names: list[str]) -> str:
    """Return the docstring of `function`, with those of `source` instead of its ``**`` argument."""
    text, theirs = inspect.getdoc(function) or "", inspect.getdoc(source) or ""
    section, known = _ARGS.search(text), _ARGS.search(theirs)
    if section is None or known is None:  # Python runs without docstrings
        return text
    entries = {
        entry.partition(":")[0].strip(): entry for entry in re.split(r"\n(?=    \w)", known[1])
    }
    own = section[1].partition("\n    **")[0]
    documented = "\n".join([own, *(entries[name] for name in names)])
    return text[: section.start(1)] + documented + text[section.end(1) :]
