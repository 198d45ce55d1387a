"""The files beside ``predictions.jsonl``: each image drawn on, each prediction saved."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cyclemlp.bundle.predictions.outcomes import Outcome
from cyclemlp.data.images.preview import read_preview


class FilesPerImage:
    """Writes up to two files per image, below ``drawn/`` and ``saved/``.

    Args:
        folder: the folder to write into.
        draw: whether to write each image with its prediction drawn on it.
        save: whether to write each prediction to its own file.
    """

    def __init__(self, folder: Path, draw: bool, save: bool) -> None:
        self._folder = folder
        self._draw = draw
        self._save = save
        self._names: Counter[str] = Counter()

    def write(self, outcome: Outcome) -> dict[str, str]:
        """Write the files of one image.

        Returns:
            ``"drawn"`` and ``"saved"`` -> path relative to the folder, for each written file.
        """
        if outcome.prediction is None:
            return {}
        prediction, written = outcome.prediction, {}
        name = self._name(outcome.file)
        if self._draw:
            written["drawn"] = f"drawn/{name}.png"
            prediction.draw(read_preview(outcome.file)).save(self._path(written["drawn"]))
        if self._save:
            written["saved"] = f"saved/{name}{prediction.suffix}"
            prediction.save(self._path(written["saved"]))
        return written

    def _name(self, file: str) -> str:
        """Return the file's name without its suffix, numbered if another file has this name."""
        name = stem = Path(file).stem
        while name in self._names:
            self._names[stem] += 1
            name = f"{stem}-{self._names[stem]}"
        self._names[name] = 1
        return name

    def _path(self, name: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        return path
