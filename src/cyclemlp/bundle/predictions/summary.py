"""Counts and first lines of a run over many files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cyclemlp.bundle.predictions.outcome import Outcome
from cyclemlp.bundle.predictions.per_image import DRAWN
from cyclemlp.bundle.predictions.rows import RESULT, Row
from cyclemlp.console.tables import table

_SHOWN = 30


@dataclass
class Predictions:
    """Summary of the predictions for many files.

    Attributes:
        output: the folder with ``predictions.jsonl``, which has one line per image or frame.
        files: number of images and videos.
        failed: number of files that cannot be used, or only in part.
        frames: number of predicted frames of videos.
        earlier: number of lines that an interrupted call has written.
        first: the first outcomes of this call, shown in the terminal.
        gathered: the file of all predictions in another tool's format; None if the task has none.
    """

    output: Path
    files: int = 0
    failed: int = 0
    frames: int = 0
    earlier: int = 0
    first: list[Outcome] = field(default_factory=list)
    gathered: Path | None = None
    _lines: int = 0
    _last: str | None = None

    def add(self, outcome: Outcome) -> None:
        """Count one outcome of this call."""
        failed = outcome.prediction is None
        self._count(outcome.file, failed, outcome.frame is not None)
        if len(self.first) < _SHOWN:
            self.first.append(outcome)

    def add_earlier(self, row: Row) -> None:
        """Count one line of an interrupted call."""
        self._count(row["file"], "error" in row, "frame" in row)
        self.earlier += 1

    def _count(self, file: str, failed: bool, in_video: bool) -> None:
        self._lines += 1
        self.files += file != self._last  # the lines of a video follow each other
        self.failed += failed
        self.frames += in_video
        self._last = file

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the paths of the predictions."""
        content: dict[str, Any] = {"files": self.files, "failed": self.failed}
        content |= {"frames": self.frames} if self.frames else {}
        content["predictions"] = str(self.output / RESULT)
        return content | ({"gathered": str(self.gathered)} if self.gathered else {})

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        if self.first:
            yield table(["file", "prediction"], [[o.place, str(o)] for o in self.first])
        if self._lines > len(self.first) + self.earlier:
            yield f"… and {self._lines - len(self.first) - self.earlier} more"
        bad = f", {self.failed} of them unusable" if self.failed else ""
        files = "1 file" if self.files == 1 else f"{self.files} files"
        frames = f" with {self.frames} frames of videos" if self.frames else ""
        earlier = f" ({self.earlier} lines from before the interruption)" if self.earlier else ""
        yield f"\n{files}{frames}{bad}; all are in {self.output / RESULT}{earlier}"
        if (drawn := self.output / DRAWN).is_dir():
            yield f"drawn on the images: {drawn}"
        if self.gathered is not None:
            yield f"the same for other tools: {self.gathered}"
