"""Counts and first lines of a run over many files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cyclemlp.bundle.predictions.outcomes import Outcome
from cyclemlp.console.tables import table

RESULT = "predictions.jsonl"
_SHOWN_FILES = 30


@dataclass
class Predictions:
    """Summary of the predictions for many files.

    Attributes:
        output: the folder with ``predictions.jsonl``, which has one line per file.
        files: number of files.
        failed: number of files that cannot be used.
        first: the first outcomes, shown in the terminal.
        gathered: the file of all predictions in another tool's format; None if the task has none.
    """

    output: Path
    files: int = 0
    failed: int = 0
    first: list[Outcome] = field(default_factory=list)
    gathered: Path | None = None

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.files += 1
        self.failed += outcome.prediction is None
        if len(self.first) < _SHOWN_FILES:
            self.first.append(outcome)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the paths of the predictions."""
        path = str(self.output / RESULT)
        content = {"files": self.files, "failed": self.failed, "predictions": path}
        return content | ({"gathered": str(self.gathered)} if self.gathered else {})

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield table(["file", "prediction"], [[o.file, str(o)] for o in self.first])
        if self.files > len(self.first):
            yield f"… and {self.files - len(self.first)} more"
        bad = f", {self.failed} of them unusable" if self.failed else ""
        files = "1 file" if self.files == 1 else f"{self.files} files"
        yield f"\n{files}{bad}; all are in {self.output / RESULT}"
        if self.gathered is not None:
            yield f"the same for other tools: {self.gathered}"
