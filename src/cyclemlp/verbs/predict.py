"""The verb ``predict``: a bundle's predictions for files, folders and lists of files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cyclemlp.bundle import load
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.console.devices import best_device
from cyclemlp.console.folders import output_folder
from cyclemlp.console.progress import tracked
from cyclemlp.console.ranges import at_least
from cyclemlp.console.tables import table
from cyclemlp.data.images.names import IMAGE_SUFFIXES, is_image_name
from cyclemlp.data.images.reading import read_image
from cyclemlp.tasks.prediction import Gathering, Prediction

_RESULT = "predictions.jsonl"
_SHOWN_FILES = 30


@dataclass(frozen=True)
class Outcome:
    """What came of one file: a prediction, or the reason why there is none."""

    file: str
    prediction: Prediction | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """``{"file", "prediction"}`` or ``{"file", "error"}``."""
        if self.prediction is None:
            return {"file": self.file, "error": self.error}
        return {"file": self.file, "prediction": self.prediction.to_dict()}


@dataclass
class Predictions:
    """What a run over many files gave.

    Attributes:
        output: the folder with ``predictions.jsonl``, which has a line a file.
        files: how many were read.
        failed: how many of them could not be used.
        first: the first outcomes, for the terminal.
        gathered: the file of all predictions in another tool's format, where the task has one.
    """

    output: Path
    files: int = 0
    failed: int = 0
    first: list[Outcome] = field(default_factory=list)
    gathered: Path | None = None

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.files += 1
        self.failed += outcome.prediction is None
        if len(self.first) < _SHOWN_FILES:
            self.first.append(outcome)

    def to_dict(self) -> dict[str, Any]:
        """Counts and where the predictions are."""
        path = str(self.output / _RESULT)
        content = {"files": self.files, "failed": self.failed, "predictions": path}
        return content | ({"gathered": str(self.gathered)} if self.gathered else {})

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield table(["file", "prediction"], [[o.file, _in_words(o)] for o in self.first])
        if self.files > len(self.first):
            yield f"… and {self.files - len(self.first)} more"
        bad = f", {self.failed} of them unusable" if self.failed else ""
        files = "1 file" if self.files == 1 else f"{self.files} files"
        yield f"\n{files}{bad}; all are in {self.output / _RESULT}"
        if self.gathered is not None:
            yield f"the same for other tools: {self.gathered}"


def predict(
    bundle: str,
    inputs: list[str],
    output: str | None = None,
    overwrite: bool = False,
    top_k: int | None = None,
    image_size: int | None = None,
    batch_size: int | None = None,
    workers: int = 2,
    device: str | None = None,
    draw: bool | None = None,
    save: bool | None = None,
    task_args: dict[str, Any] | None = None,
) -> Predictions:
    """Predict files and folders of images; a file that cannot be used is reported, the rest go on.

    Args:
        bundle: a bundle's or training run's folder, or a Hugging Face Hub id.
        inputs: image files, folders (searched to any depth), or ``-`` for a list of files on
            standard input, one a line.
        output: folder to write into; by default a new one, runs/predict, runs/predict-2, ….
        overwrite: replace results that are in `output`.
        top_k: most probable classes to give, in classification; by default 5.
        image_size: side of the square input, in pixels, or of the square that a picture is fitted
            into for dense tasks; by default the bundle's own size.
        batch_size: images a forward pass; by default 32, or 8 in dense tasks.
        workers: loading processes; 0 loads in this one.
        device: where to compute; by default the accelerator where there is one.
        draw: also write each image with its prediction drawn on it; by default for dense tasks.
        save: also write each prediction as a file, index masks as PNG; by default for dense tasks.
        task_args: settings of the task, e.g. for large pictures ``window: 512``.

    Returns:
        Counts and the folder; the predictions are in its ``predictions.jsonl``, a line a file,
        each with ``file`` and either ``prediction`` or ``error``.

    Raises:
        FileNotFoundError: no such bundle, or no image among `inputs`.
        ValueError: a setting cannot be used.
    """
    at_least(1, batch_size=batch_size, top_k=top_k, image_size=image_size)
    at_least(0, workers=workers)
    files = find_images(inputs)
    settings = (task_args or {}) | ({} if top_k is None else {"top_k": top_k})
    predictor = load(bundle, str(best_device(device)), image_size, batch_size, **settings)
    folder = output_folder(output, "predict", _RESULT, overwrite)
    task = predictor.task
    summary = Predictions(folder)
    extras = _Extras(
        folder,
        task.pictures if draw is None else draw,
        task.pictures if save is None else save,
        task.gathering(),
    )
    # Line by line, so that what is done is there when a long run is interrupted.
    with (folder / _RESULT).open("w", encoding="ascii", buffering=1) as lines:
        for outcome in tracked(outcomes(predictor, files, workers), "predicting", len(files)):
            written = {} if outcome.prediction is None else extras.write(outcome)
            print(json.dumps(outcome.to_dict() | written), file=lines)
            summary.add(outcome)
    summary.gathered = extras.finish()
    return summary


def find_images(inputs: str | Sequence[str | Path]) -> list[str]:
    """The files that `inputs` mean, in order.

    A file given by name is taken whatever its ending; in folders those with an image's ending are.

    Raises:
        FileNotFoundError: there are none.
    """
    files: list[str] = []
    for entry in [inputs] if isinstance(inputs, str) else map(str, inputs):
        if entry == "-":
            files += [line.rstrip("\n") for line in sys.stdin if line.strip()]
        elif Path(entry).is_dir():
            files += sorted(str(p) for p in Path(entry).rglob("*") if _is_image(p))
        else:
            files.append(entry)
    if not files:
        raise FileNotFoundError(
            f"there is no image in {', '.join(map(str, inputs))}; "
            f"images end in {', '.join(sorted(IMAGE_SUFFIXES))}"
        )
    return files


def outcomes(predictor: Predictor, files: Sequence[str], workers: int = 0) -> Iterator[Outcome]:
    """One outcome a file, in order; files are read in batches and by `workers` processes."""
    loader = DataLoader(
        _Files(predictor, files),
        batch_size=predictor.images_at_once,
        num_workers=workers,
        collate_fn=list,
    )
    for batch in loader:
        yield from _predicted(predictor, batch)


class _Extras:
    """The files beside ``predictions.jsonl``: one or two an image, and perhaps one of all.

    Args:
        folder: to write into.
        draw: whether to write pictures.
        save: whether to write each prediction's own file.
        gathering: of the task.
    """

    def __init__(self, folder: Path, draw: bool, save: bool, gathering: Gathering | None) -> None:
        self._folder = folder
        self._draw = draw
        self._save = save
        self._gathering = gathering
        self._names: Counter[str] = Counter()

    def write(self, outcome: Outcome) -> dict[str, str]:
        """Write what belongs to one image, and tell where, relative to the folder."""
        assert outcome.prediction is not None
        prediction, written = outcome.prediction, {}
        name = self._name(outcome.file)
        if self._draw:
            written["drawn"] = f"drawn/{name}.png"
            prediction.draw(read_image(outcome.file)).save(self._made(written["drawn"]))
        if self._save:
            written["saved"] = f"saved/{name}{prediction.suffix}"
            prediction.save(self._made(written["saved"]))
        if self._gathering is not None:
            self._gathering.add(outcome.file, prediction)
        return written

    def finish(self) -> Path | None:
        """Write the file of all predictions."""
        return None if self._gathering is None else self._gathering.write(self._folder)

    def _name(self, file: str) -> str:
        """The image's name without its ending; the second of one name gets a number."""
        name = stem = Path(file).stem
        while name in self._names:
            self._names[stem] += 1
            name = f"{stem}-{self._names[stem]}"
        self._names[name] = 1
        return name

    def _made(self, name: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        return path


@dataclass(frozen=True)
class _Opened:
    """A file as the loader's workers leave it."""

    file: str
    inputs: Tensor | None = None
    size: tuple[int, int] = (0, 0)
    error: str | None = None


class _Files(Dataset[_Opened]):
    def __init__(self, predictor: Predictor, files: Sequence[str]) -> None:
        self._transform = predictor.transform
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> _Opened:
        file = self._files[index]
        try:
            image = read_image(file)
        except (ValueError, OSError) as error:
            return _Opened(file, error=str(error))
        return _Opened(file, self._transform(image), (image.height, image.width))


def _predicted(predictor: Predictor, batch: list[_Opened]) -> Iterator[Outcome]:
    inputs = [opened.inputs for opened in batch if opened.inputs is not None]
    sizes = [opened.size for opened in batch if opened.inputs is not None]
    predictions = iter(predictor.predict(inputs, sizes) if inputs else ())
    for opened in batch:
        if opened.inputs is None:
            yield Outcome(opened.file, error=opened.error)
        else:
            yield Outcome(opened.file, prediction=next(predictions))


def _is_image(path: Path) -> bool:
    return is_image_name(path.name) and path.is_file()


def _in_words(outcome: Outcome) -> str:
    return f"unusable: {outcome.error}" if outcome.prediction is None else str(outcome.prediction)
