"""Predicting many files in batches; an unusable file does not stop the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cyclemlp.bundle.predictions.outcome import Outcome
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.data.images.channels import RGB
from cyclemlp.data.images.picture import read_picture, size_of
from cyclemlp.data.videos.names import is_video_name
from cyclemlp.data.videos.reading import Frame, read_frames

_NOTHING: Mapping[str, int] = MappingProxyType({})


def outcomes(
    predictor: Predictor,
    files: Sequence[str],
    workers: int = 0,
    every: int = 1,
    finished: Mapping[str, int] = _NOTHING,
) -> Iterator[Outcome]:
    """Yield one outcome per image, in order, and then those of the frames of each video.

    Args:
        predictor: predicts the images.
        files: paths of images and videos.
        workers: processes that load images; 0 loads in the calling process.
        every: predict each `every`-th frame of a video.
        finished: video -> number of the last frame that is not predicted again.
    """
    images = [file for file in files if not is_video_name(file)]
    loader = DataLoader(
        _Files(predictor, images),
        batch_size=predictor.images_at_once,
        num_workers=workers if images else 0,
        collate_fn=list,
    )
    for batch in loader:
        yield from _predicted(predictor, batch)
    for file in filter(is_video_name, files):
        opened = _opened_frames(predictor, file, every, finished.get(file, -1))
        while batch := [*islice(opened, predictor.images_at_once)]:
            yield from _predicted(predictor, batch)


@dataclass(frozen=True)
class _Opened:
    """A picture after loading: the network's input, or the reason why there is none."""

    file: str
    inputs: Tensor | None = None
    size: tuple[int, int] = (0, 0)
    error: str | None = None
    frame: Frame | None = None


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


def _opened_frames(predictor: Predictor, file: str, every: int, finished: int) -> Iterator[_Opened]:
    """Yield the frames of a video; the last item is the reason why a part is missing, if one is."""
    if predictor.channels != RGB:
        reason = f"a video has {RGB} channels, and the network takes {predictor.channels}"
        yield _Opened(file, error=f"{file}: {reason}; give images")
        return
    try:
        for frame in read_frames(file, every, finished):
            size = (frame.image.height, frame.image.width)
            yield _Opened(file, predictor.transform(frame.image), size, frame=frame)
    except (ValueError, OSError) as error:
        yield _Opened(file, error=str(error))


def _predicted(predictor: Predictor, batch: Iterable[_Opened]) -> Iterator[Outcome]:
    usable = [(opened.inputs, opened.size) for opened in batch if opened.inputs is not None]
    inputs, sizes = zip(*usable, strict=True) if usable else ((), ())
    predictions = iter(predictor.predict(inputs, sizes) if inputs else ())
    for opened in batch:
        if opened.inputs is None:
            yield Outcome(opened.file, error=opened.error)
        else:
            yield Outcome(opened.file, next(predictions), frame=opened.frame)
