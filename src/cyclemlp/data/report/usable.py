"""The usable samples of a split, according to a data report."""

from __future__ import annotations

from typing import Literal

from cyclemlp.data.report.problems import without_classes
from cyclemlp.data.report.report import DataReport, SplitReport
from cyclemlp.data.split import Fault, Split
from cyclemlp.data.subset import Subset

_LISTED = 20  # files listed in a message


def usable(split: Split, report: DataReport, on_bad_file: Literal["stop", "skip"]) -> Split:
    """Select the samples of a split that the report found usable.

    Args:
        split: the inspected split.
        report: the result of `inspect_splits`, with a report of the split's name.
        on_bad_file: ``"skip"`` drops the reported samples. ``"stop"`` raises if the report has any
            fault or problem. Both raise if no sample or no class is left.

    Raises:
        ValueError: see `on_bad_file`; also if the report describes other data.
    """
    part = report.splits.get(split.name)
    if part is None or part.samples != len(split):
        raise ValueError(f"the data report does not describe split {split.name!r}; check again")
    if on_bad_file == "stop" and (part.unusable or report.problems):
        raise ValueError(_complaint(split.name, part, report))
    bad = {fault.index: fault.file for fault in part.unusable if fault.index is not None}
    _check_rest(split, part, bad)
    if not bad:
        return split
    return Subset(split, [index for index in range(len(split)) if index not in bad])


def _check_rest(split: Split, part: SplitReport, bad: dict[int, str]) -> None:
    if any(split.source(index) != file for index, file in bad.items()):
        raise ValueError(f"files of split {split.name!r} changed since the report; check again")
    if len(bad) == len(split):
        raise ValueError(f"split {split.name!r} has no usable image; {_listed(part.unusable)}")
    if sentence := without_classes(split, part):
        raise ValueError(sentence)


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
    skip = ", or leave them out with --on-bad-file skip" if enough else ""
    return f"{'; '.join(parts)}. {remedy}{skip}"


def _listed(faults: tuple[Fault, ...]) -> str:
    named = ", ".join(f"{fault.file} ({fault.reason})" for fault in faults[:_LISTED])
    return named if len(faults) <= _LISTED else f"{named} and {len(faults) - _LISTED} more"
