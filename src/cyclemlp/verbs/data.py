"""The verb ``data``: what a data set is and holds, before anything is trained."""

from __future__ import annotations

from dataclasses import replace

from cyclemlp.console.progress import counted
from cyclemlp.console.ranges import at_least
from cyclemlp.data.layouts.recognizing import Recognized, open_splits, recognized
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.report import DataReport
from cyclemlp.data.report.summary import DataSummary, LayoutSummary


def data(
    folder: str,
    task: str | None = None,
    val_fraction: float | None = None,
    workers: int | None = None,
) -> DataSummary:
    """Show a data set's layout, its splits and classes, and every file that cannot be used.

    Every image and annotation is read, as before training. The exit status is 1 if training would
    stop because of faults; without ``--task``, those of the task that training takes by default.

    Args:
        folder: the data set's folder, YOLO's ``data.yaml``, or a timm data set string such as
            ``hfds/…``.
        task: check for this task; by default for the first task of each layout that was recognized.
            ``instance`` checks the masks of objects too.
        val_fraction: show the division of the training images that training with this flag makes.
        workers: processes that read files; 0 reads in this one. By default one per CPU core for
            large data sets.

    Returns:
        The layouts, and a report of the splits for each.

    Raises:
        FileNotFoundError: the folder does not exist.
        ValueError: its layout is not known, or is not one of the task's.
    """
    at_least(0, workers=workers)
    found = recognized(folder, flag="")
    wanted = [layout for layout in found if task is None or task in layout.tasks]
    if not wanted:
        tasks = " or ".join(name for layout in found for name in layout.tasks)
        raise ValueError(
            f"{folder} is not a data set for --task {task}: it is {found[0].layout}, for --task "
            f"{tasks}"
        )
    first, *others = wanted
    parts = [_checked(folder, first, task or first.tasks[0], val_fraction, workers)]
    for layout in others:  # training does not use them unless it is told to
        try:
            parts.append(_checked(folder, layout, layout.tasks[0], val_fraction, workers))
        except ValueError as error:
            report = DataReport(problems=(str(error),))
            parts.append(LayoutSummary(layout.layout, layout.tasks, layout.tasks[0], report))
    return DataSummary(folder, tuple(parts))


def _checked(
    folder: str, layout: Recognized, task: str, val_fraction: float | None, workers: int | None
) -> LayoutSummary:
    splits, messages = open_splits(folder, task, val_fraction)
    # Which network will take the images, and how many channels, is not known yet.
    anyhow = {name: split.with_channels(None) for name, split in splits.items()}
    with counted(f"checking images for --task {task}") as progress:
        report = inspect_splits(anyhow, workers, progress)
    report = replace(report, problems=(*messages, *report.problems))
    return LayoutSummary(layout.layout, layout.tasks, task, report)
