"""Looking up a flag or setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from cyclemlp.cli.flags import may_be_dict


def is_known(name: str, kinds: Mapping[str, Any]) -> bool:
    """Return whether there is a flag of this name, or a dict that takes it as a key.

    Args:
        name: with dots and underscores, e.g. ``optim.lr``.
        kinds: each flag's type.
    """
    return name in kinds or may_be_dict(kinds.get(name.rpartition(".")[0]))


def offer(name: str, kinds: Mapping[str, Any], written: Callable[[str], str]) -> str:
    """Return what may have been meant by an unknown name; "" if nothing is near.

    Args:
        name: with dots and underscores, e.g. ``optim.lrr``.
        kinds: each flag's type.
        written: returns a name as a flag or a key of a settings file.
    """
    group = name.rpartition(".")[0]
    inside = {
        full.removeprefix(f"{group}."): full
        for full in kinds
        if group and full.startswith(f"{group}.")
    }
    known = inside or {part: full for full in kinds for part in (full.rpartition(".")[2], full)}
    near = get_close_matches(name.removeprefix(f"{group}.") if inside else name, known, n=1)
    if near:
        return f"did you mean {written(known[near[0]])}?"
    return f"the settings of {written(group)} are: {', '.join(inside)}" if inside else ""
