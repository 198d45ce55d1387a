"""What one task is: its network, losses, metrics and predictions. One file a task."""

from __future__ import annotations

from importlib import import_module

from cyclemlp.tasks.base import Prediction, Task

__all__ = ["TASKS", "Prediction", "Task", "get_task"]

TASKS: dict[str, str] = {
    "classify": "cyclemlp.tasks.classification:Classification",
}
"""Task name -> where its class lives, as ``module:class``."""


def get_task(name: str) -> type[Task]:
    """Return the class of a task.

    Args:
        name: one of `TASKS`, e.g. ``"classify"``.

    Raises:
        ValueError: there is no such task; the message lists those there are.
    """
    if name not in TASKS:
        raise ValueError(
            f"there is no task {name!r}; the tasks of this version are: {', '.join(TASKS)}"
        )
    module, _, attribute = TASKS[name].partition(":")
    return getattr(import_module(module), attribute)
