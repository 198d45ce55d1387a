"""What an interrupted call has finished."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cyclemlp.bundle.predictions.per_image import DRAWN, SAVED
from cyclemlp.bundle.predictions.rows import RESULT, Row, read_rows
from cyclemlp.console.files import remove_leftovers, replacing


@dataclass
class Finished:
    """The files and frames that need not be predicted again.

    Attributes:
        files: images, and videos whose drawn video is complete.
        frames: video -> its last frame with a prediction.
        names: file -> name of the files written for it.
    """

    files: set[str] = field(default_factory=set)
    frames: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Note a row with a prediction."""
        file = row["file"]
        if "frame" in row:
            self.frames[file] = row["frame"]
        if "frame" not in row or "drawn" in row:
            self.files.add(file)
        if "drawn" in row or "saved" in row:
            self.names[file] = _name(row)


def keep_finished(folder: Path) -> Finished:
    """Reduce ``predictions.jsonl`` to the rows of what is finished, and return what that is.

    Files that could not be used are tried again. A video that is drawn is finished when its drawn
    video is: its frames are predicted again otherwise.

    Args:
        folder: the folder of the interrupted call.

    Raises:
        ValueError: ``predictions.jsonl`` is damaged.
    """
    _remove_parts(folder)
    path, finished = folder / RESULT, Finished()
    with replacing(path) as temporary, temporary.open("w", encoding="ascii") as kept:
        for row in read_rows(path):
            if "prediction" not in row and row["file"] in finished.files:
                print(json.dumps(row), file=kept)  # the damage of a finished video
            elif "prediction" in row and _is_complete(row, folder):
                print(json.dumps(row), file=kept)
                finished.add(row)
    return finished


def _is_complete(row: Row, folder: Path) -> bool:
    return "frame" not in row or "drawn" not in row or (folder / row["drawn"]).is_file()


def _remove_parts(folder: Path) -> None:
    """Delete what a killed process has written in part."""
    for kind in (DRAWN, SAVED):
        for place in (folder / kind, *(folder / kind).glob("*/")):
            if place.is_dir():
                remove_leftovers(place)


def _name(row: Row) -> str:
    if "drawn" in row:
        return PurePosixPath(row["drawn"]).stem
    saved = PurePosixPath(row["saved"])
    return saved.parent.name if "frame" in row else saved.stem
