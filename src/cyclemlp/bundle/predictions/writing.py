"""Writing the predictions for many files into a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from cyclemlp.bundle.predictions.outcomes import Outcome
from cyclemlp.bundle.predictions.per_image import FilesPerImage
from cyclemlp.bundle.predictions.summary import RESULT, Predictions
from cyclemlp.tasks.contract import Gathering


def write_predictions(
    outcomes: Iterable[Outcome], folder: Path, files: FilesPerImage, gathering: Gathering | None
) -> Predictions:
    """Write ``predictions.jsonl``, the files of each image, and the file of all predictions.

    Args:
        outcomes: one per image.
        folder: the folder to write into.
        files: writes the files of each image.
        gathering: collects the predictions in another tool's format, see `Task.gathering`.
    """
    summary = Predictions(folder)
    # Line buffering keeps the finished predictions if a long run is interrupted.
    with (folder / RESULT).open("w", encoding="ascii", buffering=1) as lines:
        for outcome in outcomes:
            print(json.dumps(outcome.to_dict() | files.write(outcome)), file=lines)
            if gathering is not None and outcome.prediction is not None:
                gathering.add(outcome.file, outcome.prediction)
            summary.add(outcome)
    summary.gathered = None if gathering is None else gathering.write(folder)
    return summary
