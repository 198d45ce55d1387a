"""What a data set is and holds: its layouts, with a report of the splits in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cyclemlp.data.report.report import DataReport
from cyclemlp.data.report.text import report_text


@dataclass(frozen=True)
class LayoutSummary:
    """A layout of the data set, and its content when it is opened by it.

    Attributes:
        layout: the layout's name.
        tasks: names of the tasks that use it.
        task: the task for which the splits were opened and checked.
        report: counts, unusable files and problems.
    """

    layout: str
    tasks: tuple[str, ...]
    task: str
    report: DataReport

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        own = {"layout": self.layout, "tasks": list(self.tasks), "task": self.task}
        return own | self.report.to_dict()


@dataclass(frozen=True)
class DataSummary:
    """A data set's layouts.

    Attributes:
        data: the folder, or timm's name of the data set.
        layouts: one per kind of target, at least one.
    """

    data: str
    layouts: tuple[LayoutSummary, ...]

    @property
    def ok(self) -> bool:
        """Whether training begins that is given no task, and so takes the first layout's."""
        return self.layouts[0].report.ok

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        layouts = [summary.to_dict() for summary in self.layouts]
        return {"data": self.data, "ok": self.ok, "layouts": layouts}

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        for summary in self.layouts:
            tasks = " or ".join(summary.tasks)
            yield f"{self.data}: {summary.layout}, for --task {tasks}"
            if summary.report.splits or summary.report.problems:
                yield report_text(summary.report)
            yield ""
        verdicts = (
            f"for --task {summary.task}: "
            f"{'no faults' if summary.report.ok else 'faults are listed above'}"
            for summary in self.layouts
        )
        yield f"checked {'; '.join(verdicts)}"
