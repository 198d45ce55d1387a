"""The check of a settings file, before jsonargparse reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from cyclemlp.cli.flags import members
from cyclemlp.cli.known import is_known, offer
from cyclemlp.cli.recipes import read_settings

_FLAGS_ONLY = ("help", "help_all", "config", "print_config")


def check_settings_file(file: Path, kinds: Mapping[str, Any]) -> None:
    """Check that a file holds settings of these names; jsonargparse checks their values.

    Args:
        file: the file.
        kinds: each flag's type.

    Raises:
        ValueError: it is not YAML, or a name is unknown; the message names the file.
    """
    settings = {name: kind for name, kind in kinds.items() if name not in _FLAGS_ONLY}
    _check(file, read_settings(file), settings, "")


def _check(file: Path, content: Mapping[Any, Any], kinds: Mapping[str, Any], prefix: str) -> None:
    for key, value in content.items():
        name = f"{prefix}{key}"
        if not isinstance(key, str) or not is_known(name, kinds):
            meant = offer(name, kinds, str) or "--print-config prints all of them"
            raise ValueError(f"--config {file}: there is no setting {name}; {meant}")
        if value is None or not any(map(is_dataclass, members(kinds.get(name)))):
            continue
        if not isinstance(value, dict):
            raise ValueError(
                f"--config {file}: {name} must be settings, each with its name, such as "
                f"{_example(name, kinds)}; got {value!r}"
            )
        _check(file, value, kinds, f"{name}.")


def _example(group: str, kinds: Mapping[str, Any]) -> str:
    """Return the name of the first setting in a group."""
    return next(name for name in kinds if name.startswith(f"{group}."))
