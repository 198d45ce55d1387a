"""Writing the predictions for many files into a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from cyclemlp.bundle.predictions.outcome import Outcome
from cyclemlp.bundle.predictions.per_image import FilesPerImage
from cyclemlp.bundle.predictions.resuming import advising_on_resume
from cyclemlp.bundle.predictions.rows import RESULT, Row, read_rows
from cyclemlp.bundle.predictions.summary import Predictions
from cyclemlp.tasks.contract import Gathering


def write_predictions(
    outcomes: Iterable[Outcome], folder: Path, files: FilesPerImage, gathering: Gathering | None
) -> Predictions:
    """Write ``predictions.jsonl``, the files of each image, and the file of all predictions.

    An existing ``predictions.jsonl`` is continued.

    Args:
        outcomes: one per image or frame.
        folder: the folder to write into.
        files: writes the files of each image.
        gathering: writes the predictions in another tool's format, see `Task.gathering`.

    Raises:
        OSError: a file cannot be written, e.g. because the disk is full.
        KeyboardInterrupt: the user stopped; everything that was finished is in the folder.
    """
    summary, path = Predictions(folder), folder / RESULT
    with advising_on_resume(folder):
        for row in read_rows(path) if path.exists() else ():
            summary.add_earlier(row)
        # Line buffering keeps the finished predictions if a long run is interrupted.
        with path.open("a", encoding="ascii", buffering=1) as lines, files:
            for outcome in outcomes:
                row = outcome.to_dict() | files.write(outcome)
                print(json.dumps(row), file=lines)
                summary.add(outcome)
        if gathering is not None:
            summary.gathered = gathering.write(folder, lambda: _predicted(path))
    return summary


def _predicted(path: Path) -> Iterator[Row]:
    return (row for row in read_rows(path) if "prediction" in row)
