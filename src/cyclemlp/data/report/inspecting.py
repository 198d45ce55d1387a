"""Inspection of splits: decode every file, and report what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import BaseContext

from cyclemlp.data.report.problems import problems_of
from cyclemlp.data.report.report import DataReport, SplitReport
from cyclemlp.data.report.shared import shared_images
from cyclemlp.data.report.workers import CHUNK, checks_of, default_workers
from cyclemlp.data.split import Check, Fault, Split

Progress = Callable[[int, int], None]
"""Called with the number of checked files and the total."""


def inspect_splits(
    splits: Mapping[str, Split],
    workers: int | None = None,
    progress: Progress | None = None,
    context: BaseContext | None = None,
) -> DataReport:
    """Decode every file of the splits, and report the files that cannot be used.

    The result does not depend on the number of processes.

    Args:
        splits: e.g. ``{"train": …, "val": …}``.
        workers: number of processes; 0 checks in this process. The default is one per core for
            large data sets, else 0.
        progress: called during the check.
        context: how processes are started; the default is the platform's.
    """
    total = sum(len(split) for split in splits.values())
    workers = default_workers(total) if workers is None else workers
    done, reports, shared = 0, {}, shared_images(splits)
    for name, split in splits.items():
        checks: list[Check] = []
        for check in checks_of(split, workers, context):
            checks.append(check)
            done += 1
            if progress is not None and (done % CHUNK == 0 or done == total):
                progress(done, total)
        reports[name] = _summary(split, checks, shared[name])
    return DataReport(reports, tuple(problems_of(splits, reports)))


def _summary(split: Split, checks: Sequence[Check], notes: Sequence[str]) -> SplitReport:
    faults, warnings = [], []
    counts: Counter[int] = Counter()
    channels: Counter[int] = Counter()
    remarks: Counter[str] = Counter()
    for index, check in enumerate(checks):
        if check.fault is not None:
            faults.append(Fault(split.source(index), check.fault, index))
            continue
        counts.update(set(check.labels))
        channels[check.channels] += 1
        remarks.update(check.remarks)
        warnings += [Fault(split.source(index), text, index) for text in check.warnings]
    return SplitReport(
        len(split),
        {name: counts[number] for number, name in enumerate(split.classes)},
        (*faults, *split.strays),
        split.ignored,
        (*split.notes, *notes, *(f"{count} images: {text}" for text, count in remarks.items())),
        tuple(warnings),
        {str(number): count for number, count in channels.most_common() if number},
    )
