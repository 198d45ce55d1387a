"""Settings of prediction that a run takes and its bundle does not keep."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.settings.settings import Settings


def note_unkept(settings: Settings, task: Task) -> None:
    """Print the settings of prediction that hold for the run's validation alone.

    Exported networks have no windows and no averages over views, so bundles do not keep them.

    Args:
        settings: of the run.
        task: of the run.
    """
    given = settings.task_args or {}
    usual = {field.name: _plain(field.default) for field in fields(task.recipe.predict_settings)}
    changed = {k: _plain(v) for k, v in given.items() if k in usual and _plain(v) != usual[k]}
    unkept = {k: v for k, v in changed.items() if k not in task.network_settings}
    if unkept:
        flags = " ".join(f"--{name.replace('_', '-')} {_text(v)}" for name, v in unkept.items())
        print_message(
            f"note: the bundle and the report do not keep {flags}, which the validation of each "
            "epoch uses; give the same to evaluate and predict"
        )


def _plain(value: Any) -> Any:
    """Return a value in which tuples are lists, as settings files have them."""
    return list(value) if isinstance(value, tuple) else value


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
