"""Progress bars on standard error, if that is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


def tracked(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """The items, with a progress bar on standard error if that is a terminal.

    Args:
        items: to go through.
        what: stands before the bar, e.g. ``"predicting"``.
        total: their number, where they do not know it.
    """
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if not console.is_terminal:  # even a disabled bar leaves an empty line, in rich 14.0
        return items
    return track(items, what, total=total, console=console, transient=True)


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error if that is a terminal, fed with counts.

    Args:
        what: stands before the bar, e.g. ``"checking images"``.

    Yields:
        A function to call with how many are done, and how many there are.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
