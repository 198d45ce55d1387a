"""What one task is: its network, losses, metrics and predictions. One file a task."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from cyclemlp.tasks.contract import Prediction, Task

__all__ = ["TASKS", "Prediction", "Task", "create_task", "get_task"]

TASKS: dict[str, str] = {
    "classify": "cyclemlp.tasks.classification.task:Classification",
    "segment": "cyclemlp.tasks.segmentation.task:Segmentation",
    "detect": "cyclemlp.tasks.detection.task:Detection",
    "instance": "cyclemlp.tasks.detection.task:InstanceSegmentation",
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


def create_task(
    name: str,
    classes: Sequence[str],
    colors: Sequence[tuple[int, int, int]] = (),
    settings: Mapping[str, Any] | None = None,
) -> Task:
    """Build a task.

    Args:
        name: one of `TASKS`.
        classes: class names, in the order of the network's outputs.
        colors: red, green and blue of each class, in 0..255; empty for the task's own.
        settings: of the task, e.g. ``{"top_k": 3}``.

    Raises:
        ValueError: no such task, or it has no such setting (the message lists those it has).
    """
    kind, given = get_task(name), dict(settings or {})
    known = [name for name in inspect.signature(kind).parameters if name not in _GIVEN]
    unknown = [key for key in given if key not in known]
    if unknown:
        raise ValueError(
            f"task {name!r} has no setting {unknown[0]!r}; its settings are: {', '.join(known)}"
        )
    return kind(classes, colors=colors, **given)


_GIVEN = ("classes", "colors")
