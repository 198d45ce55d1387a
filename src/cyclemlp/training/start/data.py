"""Opening a run's data, and checking every image before training."""

from __future__ import annotations

import json

from cyclemlp.console.files import write_json
from cyclemlp.console.progress import counted
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.report import DataReport
from cyclemlp.data.report.text import report_text
from cyclemlp.data.report.usable import usable
from cyclemlp.data.split import Split
from cyclemlp.tasks import create_task, get_task
from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import Settings


def open_data(settings: Settings) -> tuple[Task, dict[str, Split]]:
    """Open the splits ``train`` and ``val``, and create the task for their classes."""
    kind = get_task(settings.task)
    train = kind.open(settings.data, "train")
    splits = {"train": train, "val": kind.open(settings.data, "val", train.classes)}
    task_args = kind.settings_of(train) | (settings.task_args or {})
    return create_task(settings.task, train.classes, train.colors, task_args), splits


def check(splits: dict[str, Split], settings: Settings, folder: RunFolder) -> DataReport:
    """Decode every image, write data_report.json, and print a summary.

    A run that resumes from a checkpoint reads its existing report instead, because it must train on
    the same images.

    Raises:
        ValueError: some images are unusable and ``on_bad_file`` is ``stop``, or the images differ
            from those of the existing report.
    """
    if folder.last.is_file() and folder.report.is_file():
        report = DataReport.from_dict(json.loads(folder.report.read_text(encoding="utf-8")))
    else:
        report = _inspect(splits, folder)
    for split in splits.values():
        usable(split, report, settings.on_bad_file)  # raises before anything is built
    return report


def _inspect(splits: dict[str, Split], folder: RunFolder) -> DataReport:
    with counted("checking images") as progress:
        report = inspect_splits(splits, progress=progress)
    write_json(folder.report, report.to_dict())
    print_message(report_text(report))
    return report
