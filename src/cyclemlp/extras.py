"""The message about a library that is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_PACKAGE = "cyclemlp"


@contextmanager
def needed_by(name: str, extra: str = "train") -> Iterator[None]:
    """Name the extra to install if an import within this context finds no library.

    Args:
        name: what needs the imported modules, e.g. ``"train"`` for `cyclemlp.train`.
        extra: the extra that has them.

    Raises:
        ModuleNotFoundError: a library is not installed; the message says how to install it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library == _PACKAGE:
            raise
        raise ModuleNotFoundError(
            f"{_PACKAGE}.{name} needs {library}, which is not installed: "
            f"pip install '{_PACKAGE}[{extra}]'",
            name=error.name,
        ) from error
