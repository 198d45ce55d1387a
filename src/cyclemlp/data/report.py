"""The check before training: every file read once, and what was found, in words and numbers."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing.context import BaseContext
from typing import Any, Literal

from cyclemlp.data.split import Check, Fault, Split, Subset, shown

Progress = Callable[[int, int], None]
"""Called with the number of files checked and the number of all."""

_WORTH_PROCESSES = 2_000  # below, starting processes takes longer than reading the files
_CHUNK = 64  # files a process checks between two reports of progress
_LISTED = 20  # files or classes that the text lists


@dataclass(frozen=True)
class SplitReport:
    """What one split holds.

    Attributes:
        samples: how many there are, good and bad.
        counts: usable samples of each class, in the order of the labels.
        unusable: each file that cannot be used, and why; in the order of the samples.
        ignored: files left by the system or an editor, such as ``.DS_Store``.
        notes: what else a user should know.
        warnings: what was put right or left out in files that are used, such as a box without
            area; no reason to stop.
    """

    samples: int
    counts: dict[str, int]
    unusable: tuple[Fault, ...] = ()
    ignored: int = 0
    notes: tuple[str, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def usable(self) -> int:
        """How many samples can be used."""
        return self.samples - sum(fault.index is not None for fault in self.unusable)


@dataclass(frozen=True)
class DataReport:
    """What the splits of a data set hold, and what is wrong between them.

    Attributes:
        splits: by name.
        problems: of whole classes and splits, one sentence each.
    """

    splits: dict[str, SplitReport] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every file can be used and no class is missing."""
        return not self.problems and not any(part.unusable for part in self.splits.values())

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON; `from_dict` reads it back."""
        splits = {
            name: asdict(part) | {"usable": part.usable} for name, part in self.splits.items()
        }
        return {"ok": self.ok, "problems": list(self.problems), "splits": splits}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> DataReport:
        """The report that `to_dict` wrote."""
        splits = {
            name: SplitReport(
                part["samples"],
                dict(part["counts"]),
                tuple(Fault(**fault) for fault in part["unusable"]),
                part["ignored"],
                tuple(part["notes"]),
                tuple(Fault(**fault) for fault in part["warnings"]),
            )
            for name, part in content["splits"].items()
        }
        return cls(splits, tuple(content["problems"]))

    def to_text(self) -> str:
        """The report for a reader, a few lines a split."""
        lines = [line for name, part in self.splits.items() for line in _lines(name, part)]
        return "\n".join([*lines, *(f"problem: {problem}" for problem in self.problems)])


def inspect_splits(
    splits: Mapping[str, Split],
    workers: int | None = None,
    progress: Progress | None = None,
    context: BaseContext | None = None,
) -> DataReport:
    """Decode every file of the splits and report what cannot be used.

    The result does not depend on the number of processes.

    Args:
        splits: by name, e.g. ``{"train": …, "val": …}``.
        workers: processes; 0 checks in this one; by default one a core where it is worth it.
        progress: is told how far the check is.
        context: how processes start; by default as the platform does it.
    """
    total = sum(len(split) for split in splits.values())
    workers = _workers_for(total) if workers is None else workers
    done, reports = 0, {}
    for name, split in splits.items():
        checks: list[Check] = []
        for check in _checks(split, workers, context):
            checks.append(check)
            done += 1
            if progress is not None and (done % _CHUNK == 0 or done == total):
                progress(done, total)
        reports[name] = _summary(split, checks)
    return DataReport(reports, tuple(_problems(splits, reports)))


def usable(split: Split, report: DataReport, on_bad_file: Literal["stop", "skip"]) -> Split:
    """The samples of a split that the report found good.

    Args:
        split: as it was inspected.
        report: from `inspect_splits`, with the split's name in it.
        on_bad_file: ``"skip"`` drops exactly the reported samples. ``"stop"`` raises if the
            report has any fault or problem. Both raise if what is left has nothing to learn from.

    Raises:
        ValueError: see `on_bad_file`; or nothing is left; or the report is of other data.
    """
    part = report.splits.get(split.name)
    if part is None or part.samples != len(split):
        raise ValueError(f"the data report is of other data than split {split.name!r}; check again")
    if on_bad_file == "stop" and (part.unusable or report.problems):
        raise ValueError(_complaint(split.name, part, report))
    bad = {fault.index: fault.file for fault in part.unusable if fault.index is not None}
    if any(split.source(index) != file for index, file in bad.items()):
        raise ValueError(f"files of split {split.name!r} changed since the report; check again")
    if len(bad) == len(split):
        raise ValueError(f"split {split.name!r} has no usable image; {_listed(part.unusable)}")
    if blank := _blank(split, part):
        raise ValueError(blank)
    if not bad:
        return split
    return Subset(split, [index for index in range(len(split)) if index not in bad])


def _complaint(name: str, part: SplitReport, report: DataReport) -> str:
    parts, remedies = list(report.problems), []
    if report.problems:
        remedies.append("add what is missing")
    if part.unusable:
        count = len(part.unusable)
        files = "1 file" if count == 1 else f"{count} files"
        parts.append(f"split {name!r} has {files} that cannot be used: {_listed(part.unusable)}")
        remedies.append("repair or remove the files")
    remedy = " and ".join(remedies).capitalize()
    enough = all(any(part.counts.values()) for part in report.splits.values())
    skip = ", or go on without with --on-bad-file skip" if enough else ""
    return f"{'; '.join(parts)}. {remedy}{skip}"


def _blank(split: Split, part: SplitReport) -> str | None:
    """A sentence on usable images of which none shows any class, or None."""
    if split.classes_required or not part.usable or any(part.counts.values()):
        return None
    images = f"{part.usable} usable images of split {split.name!r} ({split.source(0)}, …)"
    return f"none of the {images} shows any of the {len(part.counts)} classes"


def _listed(faults: tuple[Fault, ...]) -> str:
    named = ", ".join(f"{fault.file} ({fault.reason})" for fault in faults[:_LISTED])
    return named if len(faults) <= _LISTED else f"{named} and {len(faults) - _LISTED} more"


def _workers_for(total: int) -> int:
    return (os.cpu_count() or 1) if total >= _WORTH_PROCESSES else 0


def _checks(split: Split, workers: int, context: BaseContext | None) -> Iterator[Check]:
    """Each sample's check, in order."""
    if workers == 0:
        yield from map(split.check, range(len(split)))
        return
    with ProcessPoolExecutor(workers, context, _start_worker, (split,)) as pool:
        yield from pool.map(_check, range(len(split)), chunksize=_CHUNK)


_split: Split | None = None  # a worker process's own: sent once, not with every task


def _start_worker(split: Split) -> None:
    global _split
    _split = split
    # A forked process inherits whatever is alive, and must not finalise it when it collects
    # garbage: a loader's end would wait for, and stop, worker processes that are its parent's.
    gc.freeze()


def _check(index: int) -> Check:
    assert _split is not None
    return _split.check(index)


def _summary(split: Split, checks: list[Check]) -> SplitReport:
    faults, warnings = [], []
    counts: Counter[int] = Counter()
    for index, check in enumerate(checks):
        if check.fault is not None:
            faults.append(Fault(split.source(index), check.fault, index))
            continue
        counts.update(set(check.labels))
        warnings += [Fault(split.source(index), text, index) for text in check.warnings]
    return SplitReport(
        len(split),
        {name: counts[number] for number, name in enumerate(split.classes)},
        (*faults, *split.strays),
        split.ignored,
        split.notes,
        tuple(warnings),
    )


def _problems(splits: Mapping[str, Split], reports: Mapping[str, SplitReport]) -> Iterator[str]:
    """Splits of nothing, and classes that one split has and another lacks.

    A split alone may lack classes: a bundle is often scored on a few of those it knows.
    """
    for name, part in reports.items():
        if not part.usable:
            yield f"split {name!r} has no usable image"
        required = splits[name].classes_required
        if blank := _blank(splits[name], part):
            yield blank
        for other, its in reports.items():
            for label in its.counts if other != name and part.usable else ():
                if label not in splits[name].classes:
                    yield f"class {label!r} of split {other!r} is unknown in split {name!r}"
                elif required and its.counts[label] and not part.counts[label]:
                    yield f"class {label!r} of split {other!r} has no usable image in {name!r}"


def _lines(name: str, part: SplitReport) -> list[str]:
    lines = [f"{name}: {part.usable} usable images in {len(part.counts)} classes"]
    if len(part.counts) <= _LISTED:
        lines += [f"  {label}: {count}" for label, count in part.counts.items()]
    elif part.counts:
        low, high = min(part.counts.values()), max(part.counts.values())
        lines.append(f"  {low} to {high} images a class")
        none = [label for label, count in part.counts.items() if count == 0]
        lines += [f"  none of: {shown(none)}"] if none else []
    lines += [f"  note: {note}" for note in part.notes]
    if part.ignored:
        lines.append(f"  ignored: {part.ignored} hidden, system or other files")
    lines += [f"  warning: {fault.file}: {fault.reason}" for fault in part.warnings[:_LISTED]]
    if len(part.warnings) > _LISTED:
        lines.append(f"  and {len(part.warnings) - _LISTED} more warnings")
    lines += [f"  unusable: {fault.file}: {fault.reason}" for fault in part.unusable]
    return lines
