"""Progress bars on standard error, if that is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


def tracked(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Return the items, with a progress bar on standard error if that is a terminal.

    Args:
        items: the items to iterate over.
        what: label of the bar, e.g. ``"predicting"``.
        total: number of items, if `items` has no length.
    """
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if not console.is_terminal:  # a disabled bar prints an empty line in rich 14.0
        return items
    return track(items, what, total=total, console=console, transient=True)


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show the current step of a long work on standard error if that is a terminal.

    Yields:
        A function to call with the name of each step when it begins.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: None
        return
    with console.status("starting") as status:
        yield status.update


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error if that is a terminal.

    Args:
        what: label of the bar, e.g. ``"checking images"``.

    Yields:
        A function to call with the number of finished items and their total.
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
