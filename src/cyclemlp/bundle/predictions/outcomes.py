"""Predicting many files in batches; an unusable file does not stop the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cyclemlp.bundle.predictor import Predictor
from cyclemlp.data.images.picture import read_picture, size_of
from cyclemlp.tasks.prediction import Prediction


@dataclass(frozen=True)
class Outcome:
    """The result for one file: a prediction, or the reason why there is none.

    Attributes:
        file: path of the image.
        prediction: the prediction; None if the file cannot be used.
        error: why the file cannot be used; None if it can.
    """

    file: str
    prediction: Prediction | None = None
    error: str | None = None

    def __str__(self) -> str:
        return f"unusable: {self.error}" if self.prediction is None else str(self.prediction)

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"file", "prediction"}`` or ``{"file", "error"}``."""
        if self.prediction is None:
            return {"file": self.file, "error": self.error}
        return {"file": self.file, "prediction": self.prediction.to_dict()}


def outcomes(predictor: Predictor, files: Sequence[str], workers: int = 0) -> Iterator[Outcome]:
    """Yield one outcome per file, in order.

    Args:
        predictor: predicts the images.
        files: paths of the images.
        workers: loading processes; 0 loads in the calling process.
    """
    loader = DataLoader(
        _Files(predictor, files),
        batch_size=predictor.images_at_once,
        num_workers=workers,
        collate_fn=list,
    )
    for batch in loader:
        yield from _predicted(predictor, batch)


@dataclass(frozen=True)
class _Opened:
    """A file after loading: the network's input, or the reason why there is none."""

    file: str
    inputs: Tensor | None = None
    size: tuple[int, int] = (0, 0)
    error: str | None = None


class _Files(Dataset[_Opened]):
    def __init__(self, predictor: Predictor, files: Sequence[str]) -> None:
        self._transform = predictor.transform
        self._channels = predictor.channels
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> _Opened:
        file = self._files[index]
        try:
            image = read_picture(file, self._channels)
        except (ValueError, OSError) as error:
            return _Opened(file, error=str(error))
        return _Opened(file, self._transform(image), size_of(image))


def _predicted(predictor: Predictor, batch: list[_Opened]) -> Iterator[Outcome]:
    inputs = [opened.inputs for opened in batch if opened.inputs is not None]
    sizes = [opened.size for opened in batch if opened.inputs is not None]
    predictions = iter(predictor.predict(inputs, sizes) if inputs else ())
    for opened in batch:
        if opened.inputs is None:
            yield Outcome(opened.file, error=opened.error)
        else:
            yield Outcome(opened.file, prediction=next(predictions))
