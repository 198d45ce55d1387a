"""A data report as text."""

from __future__ import annotations

from collections.abc import Iterator

from cyclemlp.data.messages import shown
from cyclemlp.data.report.report import DataReport, SplitReport

_LISTED = 20  # classes or warnings listed one by one


def report_text(report: DataReport) -> str:
    """Format a report for the terminal, a few lines a split."""
    lines = [line for name, part in report.splits.items() for line in _split_lines(name, part)]
    return "\n".join([*lines, *(f"problem: {problem}" for problem in report.problems)])


def _split_lines(name: str, part: SplitReport) -> Iterator[str]:
    yield f"{name}: {part.usable} usable images in {len(part.counts)} classes"
    yield from _count_lines(part.counts)
    yield from _channel_lines(part.channels)
    yield from (f"  note: {note}" for note in part.notes)
    if part.ignored:
        yield f"  ignored: {part.ignored} hidden, system or other files"
    yield from (f"  warning: {fault.file}: {fault.reason}" for fault in part.warnings[:_LISTED])
    if len(part.warnings) > _LISTED:
        yield f"  and {len(part.warnings) - _LISTED} more warnings"
    yield from (f"  unusable: {fault.file}: {fault.reason}" for fault in part.unusable)


def _count_lines(counts: dict[str, int]) -> Iterator[str]:
    if len(counts) <= _LISTED:
        yield from (f"  {label}: {count}" for label, count in counts.items())
        return
    yield f"  {min(counts.values())} to {max(counts.values())} images a class"
    none = [label for label, count in counts.items() if count == 0]
    if none:
        yield f"  none of: {shown(none)}"


def _channel_lines(channels: dict[str, int]) -> Iterator[str]:
    if len(channels) == 1:
        yield f"  channels of every image: {next(iter(channels))}"
    elif channels:
        counts = (f"{number} in {count} images" for number, count in channels.items())
        yield f"  channels: {', '.join(counts)}"
