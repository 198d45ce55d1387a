"""Which layout a data set's folder has, from the names in it alone: nothing is decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import require_folder
from cyclemlp.data.layouts.finding import LAYOUTS
from cyclemlp.data.layouts.timm_names import is_timm_string


def require_data(data: str, task: str | None = None) -> None:
    """Check that a data set's folder exists; timm's data set strings are not checked.

    Args:
        data: the value of ``--data``.
        task: name of the task whose layouts the message lists; None for all layouts.

    Raises:
        FileNotFoundError: the folder does not exist.
        ValueError: it is a file.
    """
    if not is_timm_string(data):
        require_folder(Path(data), _expected(task))


def tasks_of(layout: Layout[Any]) -> tuple[str, ...]:
    """Return the names of the tasks that use a layout."""
    return tuple(layout.tasks.split(" or "))


def _expected(task: str | None) -> str:
    fitting = [layout for layout in LAYOUTS if task is None or task in tasks_of(layout)]
    return f"expected {', or '.join(layout.expected for layout in fitting)}"
