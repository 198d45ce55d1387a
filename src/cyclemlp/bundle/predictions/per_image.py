"""The files beside ``predictions.jsonl``: each image drawn on, each prediction saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from cyclemlp.bundle.predictions.drawn_video import DrawnVideo
from cyclemlp.bundle.predictions.outcome import Outcome
from cyclemlp.bundle.predictions.result_names import ResultNames
from cyclemlp.console.files import replacing
from cyclemlp.data.images.preview import read_preview
from cyclemlp.data.videos.reading import Frame, frame_rate
from cyclemlp.data.videos.writing import SUFFIX as VIDEO_SUFFIX
from cyclemlp.tasks.prediction import Prediction

DRAWN, SAVED = "drawn", "saved"
_NONE: Mapping[str, str] = MappingProxyType({})


class FilesPerImage:
    """Writes up to two files per image, below ``drawn/`` and ``saved/``.

    The drawn frames of a video are one video; its saved predictions are a folder. Every file is
    complete or absent. This is a context manager, which ends the last video.

    Args:
        folder: the folder to write into.
        draw: whether to write each image with its prediction drawn on it.
        save: whether to write each prediction to its own file.
        every: distance of the frames of a video.
        names: names from an interrupted call, input file -> name.
    """

    def __init__(
        self,
        folder: Path,
        draw: bool,
        save: bool,
        every: int = 1,
        names: Mapping[str, str] = _NONE,
    ) -> None:
        self._folder = folder
        self._draw = draw
        self._save = save
        self._every = every
        self._names = ResultNames(names)
        self._video: tuple[str, DrawnVideo] | None = None

    def write(self, outcome: Outcome) -> dict[str, str]:
        """Write the files of one image or frame.

        Returns:
            ``"drawn"`` and ``"saved"`` -> path relative to the folder, for each written file.
        """
        if outcome.prediction is None:
            return {}
        prediction, written = outcome.prediction, {}
        name = self._names.of(outcome.file)
        if self._draw and outcome.frame is None:
            written["drawn"] = f"{DRAWN}/{name}.png"
            self._draw_image(written["drawn"], outcome.file, prediction)
        elif self._draw and outcome.frame is not None:
            written["drawn"] = f"{DRAWN}/{name}{VIDEO_SUFFIX}"
            self._draw_frame(written["drawn"], outcome.file, outcome.frame, prediction)
        if self._save:
            number = "" if outcome.frame is None else f"/{outcome.frame.number:06}"
            written["saved"] = f"{SAVED}/{name}{number}{prediction.suffix}"
            with replacing(self._folder / written["saved"], flush=False) as temporary:
                prediction.save(temporary)
        return written

    def _draw_image(self, name: str, file: str, prediction: Prediction) -> None:
        drawn = prediction.draw(read_preview(file))
        with replacing(self._folder / name, flush=False) as temporary:
            drawn.save(temporary)

    def _draw_frame(self, name: str, file: str, frame: Frame, prediction: Prediction) -> None:
        if self._video is None or self._video[0] != file:
            self._end_video()
            rate = frame_rate(file) / self._every
            self._video = file, DrawnVideo(self._folder / name, rate)
        self._video[1].add(frame, prediction)

    def _end_video(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        if self._video is not None:
            video, self._video = self._video[1], None
            video.__exit__(kind, error, trace)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_video(kind, error, trace)
