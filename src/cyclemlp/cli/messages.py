"""jsonargparse's refusals in the words of this command line."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any

from cyclemlp.cli.dashes import dashed, with_dashes
from cyclemlp.cli.expected import expected
from cyclemlp.cli.flags import may_be_dict
from cyclemlp.cli.recipes import read_settings, setting
from cyclemlp.cli.spelling import config_files

_KEY = re.compile(r'Parser key "([\w.]+)"')
_REQUIRED = "the following arguments are required: "
_UNKNOWN = "unrecognized arguments: "

Refusal = Callable[[Sequence[str]], str | None]
"""A function that reads words, and returns the parser's message if it refuses them."""


def reworded(
    message: str,
    positionals: Sequence[str],
    words: Sequence[str],
    kinds: Mapping[str, Any],
    refusal: Refusal,
) -> str:
    """Return the parser's message as rule, what was received, and what to do.

    Args:
        message: of the parser.
        positionals: names of arguments given without a flag.
        words: what the parser read.
        kinds: each flag's type.
        refusal: tells whether a settings file alone is refused too.
    """
    if message.startswith(_REQUIRED):
        return _missing(message.removeprefix(_REQUIRED).split(", "), positionals)
    if message.startswith(_UNKNOWN):
        unknown = message.removeprefix(_UNKNOWN)
        is_data = "data" in kinds and os.path.exists(unknown)
        advice = f"did you mean --data {unknown}?" if is_data else "--help lists the arguments"
        return f"{unknown} is not the value of a flag; {advice}"
    key = _KEY.search(message)
    if key is None:
        return with_dashes(f"the flags cannot be read ({message}); --help lists them")
    return _wrong_value(key[1], words, kinds, refusal)


def _wrong_value(
    name: str, words: Sequence[str], kinds: Mapping[str, Any], refusal: Refusal
) -> str:
    kind = kinds.get(name, Any)
    for file in config_files(words):
        refused = _KEY.search(refusal([f"--config={file}"]) or "")
        if refused is not None and refused[1] == name:
            received = setting(read_settings(file), name)
            return f"--config {file}: {name} must be {expected(kind)}; got {received!r}"
    flag = f"--{dashed(name)}"
    values = [word.partition("=")[2] for word in words if word.startswith(f"--{name}=")]
    received = _typed(values[-1]) if values else "something else"
    return f"{flag} must be {expected(kind)}; got {received}{_remedy(flag, kind)}"


def _typed(value: str) -> str:
    """Return a value as the user gives it: ``[3,4]`` -> "3 4"."""
    return value[1:-1].replace(",", " ") if value[:1] == "[" and value[-1:] == "]" else value


def _remedy(flag: str, kind: Any) -> str:
    """Return how to give one of the settings of a group; "" for a flag that is none."""
    if is_dataclass(kind) or may_be_dict(kind):
        return f"; give one with {flag}.NAME VALUE, or all of them in a file with --config"
    return ""


def _missing(names: Sequence[str], positionals: Sequence[str]) -> str:
    flags = [name if name in positionals else f"--{name}" for name in names]
    return with_dashes(f"{', '.join(flags)} must be given; --help lists the arguments")
