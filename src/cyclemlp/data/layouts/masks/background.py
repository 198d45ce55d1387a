"""The class of the pixels without an annotated shape."""

from __future__ import annotations

from collections.abc import Sequence

from cyclemlp.data.messages import shown

BACKGROUND = "background"


def with_background(names: Sequence[str]) -> tuple[str, ...]:
    """Return class names with the background as the first one."""
    return (BACKGROUND, *(name for name in names if name != BACKGROUND))


def require_background(where: str, classes: Sequence[str]) -> None:
    """Check that the requested classes have a class for pixels without a shape.

    Raises:
        ValueError: they have none.
    """
    if BACKGROUND not in classes:
        raise ValueError(
            f"{where}: pixels without a shape are the class {BACKGROUND!r}, but the classes are "
            f"{shown(classes)}; use classes with {BACKGROUND!r}, or a data set with index masks"
        )
