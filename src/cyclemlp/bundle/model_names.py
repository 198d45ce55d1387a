"""The names of models, by which requests choose one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cyclemlp.bundle.finding import find_bundle

_NAME = re.compile(r"[\w.-]+")
_INNER = ("bundle", "run")  # folders whose parent's name says more


def named_bundles(runs: Sequence[str]) -> dict[str, Path]:
    """Return the folder of each bundle by its name.

    Args:
        runs: bundles' or runs' folders, or Hub ids; ``NAME=FOLDER`` chooses the name. Otherwise
            the name is the folder's, or the parent's for a folder called bundle or run.

    Raises:
        FileNotFoundError: there is no bundle at a place.
        ValueError: two bundles have the same name, or a name has other characters than letters,
            digits, ``_``, ``.`` and ``-``.
    """
    found: dict[str, Path] = {}
    for run in runs:
        name, equals, place = run.partition("=")
        place, name = (place, name) if equals else (run, default_name(run))
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"a model's name has letters, digits, _, . and -, got {name!r} for {place}; give "
                "NAME=FOLDER"
            )
        if name in found:
            raise ValueError(
                f"models need different names, and {found[name]} and {place} are both {name!r}; "
                "give NAME=FOLDER"
            )
        found[name] = find_bundle(place)
    return found


def default_name(run: str) -> str:
    """Return the name of a bundle from its place."""
    path = Path(run).absolute() if Path(run).is_dir() else Path(run)
    while path.name in _INNER and path.parent.name:
        path = path.parent
    return path.name
