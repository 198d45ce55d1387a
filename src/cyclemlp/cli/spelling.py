"""From the words of the command line to the words that jsonargparse reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Any

from cyclemlp.cli.dashes import dashed, is_flag, underscored
from cyclemlp.cli.expected import expected
from cyclemlp.cli.flags import may_be_bool, may_be_list, must_be_list
from cyclemlp.cli.known import is_known, offer
from cyclemlp.cli.recipes import settings_file

_VERBATIM = ("help", "help_all", "print_config")
_BOOLS = ("true", "false")
_CONFIG = "--config="
_LIST_WITHIN = re.compile(r"[^\[{\"'].*[\[{]")
"""A word with a list inside, as ``MODEL:depths=[1,2]``, whose commas separate no values."""


def spelled_out(arguments: Sequence[str], kinds: dict[str, Any]) -> list[str]:
    """Return the arguments in jsonargparse's spelling.

    ``--on-bad-file`` becomes ``--on_bad_file``, ``--resume`` becomes ``--resume=true``,
    ``--image-size 128 160`` becomes ``--image_size=[128,160]``, ``--config imagenet`` becomes the
    recipe's path, and ``--weight-decay 0.1`` becomes ``--optim.weight_decay=0.1``: a nested flag
    may be given by its last part if no other flag has it. Settings files come first, so that flags
    override them wherever they stand.

    Args:
        arguments: the words after the verb.
        kinds: each flag's type, see `cyclemlp.cli.flags.flag_types`.

    Raises:
        ValueError: there is no such flag, or a value is missing.
        FileNotFoundError: there is no such settings file.
    """
    rest, words = list(arguments), []
    while rest:
        word = rest.pop(0)
        words.append(_flag(word, rest, kinds) if is_flag(word) else word)
    return sorted(words, key=lambda word: not word.startswith(_CONFIG))


def config_files(words: Sequence[str]) -> list[Path]:
    """Return the settings files that words in jsonargparse's spelling name."""
    return [Path(word.removeprefix(_CONFIG)) for word in words if word.startswith(_CONFIG)]


def _flag(word: str, rest: list[str], kinds: dict[str, Any]) -> str:
    """Join a flag and its values, which are removed from `rest`, into one word."""
    flag, equals, value = word.partition("=")
    name = _full_name(underscored(flag[2:]), kinds)
    kind = _kind(name, kinds)
    values = [value] if equals else _taken(kind, rest)
    return "=".join([f"--{name}", *_joined(name, kind, values)])


def _full_name(name: str, kinds: dict[str, Any]) -> str:
    """Return the name of the only flag whose last part is `name`, else `name`.

    Raises:
        ValueError: several flags have this last part.
    """
    if name in kinds:
        return name
    full = [known for known in kinds if known.endswith(f".{name}")]
    if len(full) > 1:
        raise ValueError(
            f"--{dashed(name)} may mean {' or '.join(f'--{dashed(known)}' for known in full)}; "
            "give one of them"
        )
    return full[0] if full else name


def _kind(name: str, kinds: dict[str, Any]) -> Any:
    if not is_known(name, kinds):
        meant = offer(name, kinds, lambda known: f"--{known}")
        raise ValueError(
            f"there is no flag --{dashed(name)}; {dashed(meant) or '--help lists all flags'}"
        )
    return kinds.get(name, Any)


def _taken(kind: Any, rest: list[str]) -> list[str]:
    """Remove the values of a flag of this type from the front of `rest`."""
    if may_be_bool(kind) and rest and rest[0] in _BOOLS:
        return [rest.pop(0)]
    if may_be_bool(kind) and not may_be_list(kind):
        return []
    limit = len(rest) if may_be_list(kind) else 1
    taken: list[str] = []
    while rest and len(taken) < limit and not is_flag(rest[0]):
        taken.append(rest.pop(0))
    return taken


def _joined(name: str, kind: Any, values: list[str]) -> list[str]:
    """Return the value as a list of one word, or of none for a flag that takes none."""
    if name in _VERBATIM:
        return values
    if not values and may_be_bool(kind):
        return ["true"]
    if not values:
        raise ValueError(f"--{dashed(name)} needs a value: {expected(kind)}")
    if name == "config":
        return [str(settings_file(values[0]))]
    if may_be_bool(kind) and values[0] in _BOOLS:
        return values
    if len(values) > 1 or (must_be_list(kind) and not values[0].startswith("[")):
        words = (dumps(word) if _LIST_WITHIN.match(word) else word for word in values)
        return [f"[{','.join(words)}]"]
    return values
