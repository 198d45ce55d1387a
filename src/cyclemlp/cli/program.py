"""The program's name and version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

PROGRAM = "cyclemlp"


def program_version() -> str:
    """Return the installed version."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:  # a checkout that was never installed
        return "unknown"
