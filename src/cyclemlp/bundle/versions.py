"""Versions of Python and of installed packages."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

_DECISIVE = ("cyclemlp", "torch", "torchvision", "timm")


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Return package name -> version for those of `packages` that are installed."""
    found = {}
    for package in packages:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def library_versions() -> dict[str, str]:
    """Return the versions of Python and the libraries that decide what a bundle computes."""
    # A checkout that was never installed has no version.
    unknown = dict.fromkeys(_DECISIVE, "unknown")
    return {"python": platform.python_version()} | unknown | installed_versions(_DECISIVE)
