"""Opening a run's data, and checking every image before training."""

from __future__ import annotations

import json

from cyclemlp.bundle.run_data import RunData
from cyclemlp.console.files import write_json
from cyclemlp.console.progress import counted
from cyclemlp.data.images.channels import RGB
from cyclemlp.data.layouts.dividing import PARTS, Division, divided, part_of
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.report import DataReport
from cyclemlp.data.report.text import report_text
from cyclemlp.data.report.usable import usable
from cyclemlp.data.split import Split
from cyclemlp.tasks import create_task, get_task
from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.first_process import is_first_process, print_message
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.requirements import require
from cyclemlp.training.settings.settings import Settings


def open_data(settings: Settings, folder: RunFolder) -> tuple[Task, dict[str, Split]]:
    """Open the splits ``train`` and ``val``, and create the task for their classes.

    split.json is written, with the names of both splits' images if ``val_fraction`` divides the
    data. A run that resumes from a checkpoint reads them instead.

    Raises:
        FileNotFoundError: the data do not exist.
        ValueError: the data or a setting of the task cannot be used.
    """
    kind, data = get_task(settings.task), settings.data
    splits: dict[str, Split]
    division = None
    if settings.val_fraction is None:
        train = kind.open(data, "train")
        splits = {"train": train, "val": kind.open(data, "val", train.classes)}
    else:
        train, division = _divided(kind, settings, settings.val_fraction, folder)
        splits = {name: part_of(train, data, division, name) for name in PARTS}
    splits = {name: split.with_channels(in_chans(settings)) for name, split in splits.items()}
    task_args = kind.settings_of(train) | (settings.task_args or {})
    task = create_task(settings.task, train.classes, train.colors, task_args)
    if is_first_process() and not _resumes(folder):
        write_json(folder.data, RunData.of(data, division).to_dict())
    return task, splits


def _divided(
    kind: type[Task], settings: Settings, fraction: float, folder: RunFolder
) -> tuple[Split, Division]:
    if _resumes(folder) and folder.data.is_file():
        division = RunData.read(folder.data).division
        if division is not None:
            return kind.open(settings.data, "train"), division
    return divided(kind.open, settings.data, fraction)


def _resumes(folder: RunFolder) -> bool:
    """Return whether the run resumes from a checkpoint, and so must use the same images."""
    return folder.last.is_file()


def in_chans(settings: Settings) -> int:
    """Return the number of channels of the images, which ``model_args`` may change from 3."""
    channels = settings.network_args.get("in_chans", RGB)
    require(
        isinstance(channels, int) and channels >= 1,
        f"--model-args.in_chans is the number of an image's channels, got {channels!r}",
    )
    return channels


def check(splits: dict[str, Split], settings: Settings, folder: RunFolder) -> DataReport:
    """Decode every image, write data_report.json, and print a summary.

    A run that resumes from a checkpoint reads its existing report instead, because it must train on
    the same images.

    Raises:
        ValueError: some images are unusable and ``on_bad_file`` is ``stop``, or the images differ
            from those of the existing report.
    """
    if _resumes(folder) and folder.report.is_file():
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
