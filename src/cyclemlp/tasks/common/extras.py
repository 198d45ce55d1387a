"""The message for a library of the ``train`` extra that is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needs(library: str) -> Iterator[None]:
    """Explain how to install `library` if its import inside this context fails.

    Raises:
        ModuleNotFoundError: `library` is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        raise ModuleNotFoundError(
            f"this needs {library}: pip install 'cyclemlp[train]'", name=library
        ) from error
