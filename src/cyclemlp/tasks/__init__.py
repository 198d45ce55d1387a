"""The tasks of this library; each is a folder with its network, losses, metrics and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cyclemlp.data.colors import Color
from cyclemlp.tasks.recipe import Recipe

if TYPE_CHECKING:  # the command line reads settings before torch is imported
    from cyclemlp.tasks.contract import Task

TASKS: dict[str, str] = {
    "classify": "cyclemlp.tasks.classification.task:Classification",
    "segment": "cyclemlp.tasks.segmentation.task:Segmentation",
    "detect": "cyclemlp.tasks.detection.task:Detection",
    "instance": "cyclemlp.tasks.detection.task:InstanceSegmentation",
}
"""Name of each task, and its class as ``module:class``; a new task is a folder and a line here."""


def get_task(name: str) -> type[Task]:
    """Return the class of a task.

    Args:
        name: one of `TASKS`, e.g. ``"classify"``.

    Raises:
        ValueError: there is no such task; the message lists the tasks.
    """
    module, attribute = _place(name)
    return getattr(import_module(module), attribute)


def get_recipe(name: str) -> Recipe:
    """Return what training a task uses by default, without importing its network.

    Args:
        name: one of `TASKS`.

    Raises:
        ValueError: there is no such task; the message lists the tasks.
    """
    module, _ = _place(name)
    return import_module(f"{module.rpartition('.')[0]}.recipe").RECIPES[name]


def predict_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a bundle's task takes when it predicts, with the bundle's values.

    Args:
        config: the content of the bundle's ``config.json``.

    Returns:
        ``{"task_args": settings}``; empty for a task of another version.
    """
    task, kept = config["task"], config.get("task_args") or {}
    if task not in list(TASKS) or not isinstance(kept, dict):  # what reads the bundle says why
        return {}
    kind = get_recipe(task).predict_settings
    return {"task_args": kind(**{f.name: kept[f.name] for f in fields(kind) if f.name in kept})}


def _place(name: str) -> tuple[str, str]:
    """Return the module and the name of a task's class."""
    if name not in TASKS:
        raise ValueError(
            f"there is no task {name!r}; the tasks of this version are: {', '.join(TASKS)}"
        )
    module, _, attribute = TASKS[name].partition(":")
    return module, attribute


def create_task(
    name: str,
    classes: Sequence[str],
    colors: Sequence[Color] = (),
    settings: Mapping[str, Any] | None = None,
) -> Task:
    """Create a task.

    Args:
        name: one of `TASKS`.
        classes: class names, in the order of the network's outputs.
        colors: red, green and blue of each class, in 0..255; empty for the task's default.
        settings: of the task, e.g. ``{"top_k": 3}``.

    Raises:
        ValueError: there is no such task, or it has no such setting; the message lists those that
            exist.
    """
    given = dict(settings or {})
    check_settings(name, given)
    return get_task(name)(classes, colors=colors, **given)


def check_settings(name: str, given: Mapping[str, Any]) -> None:
    """Check the settings of a task, without importing its network.

    Raises:
        ValueError: there is no such task, it has no such setting (the message lists those that
            exist), or a value is out of range.
    """
    kind = get_recipe(name).settings
    known = [field.name for field in fields(kind)]
    unknown = [setting for setting in given if setting not in known]
    if unknown:
        raise ValueError(
            f"task {name!r} has no setting {unknown[0]!r}; its settings are: {', '.join(known)}"
        )
    kind(**given)
