"""The drawn frames of one video, as a video."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image

from cyclemlp.console.files import replacing
from cyclemlp.data.videos.reading import Frame
from cyclemlp.data.videos.writing import VideoWriter
from cyclemlp.tasks.common.drawing import PAPER
from cyclemlp.tasks.prediction import Prediction


class DrawnVideo:
    """Writes frames with their predictions as a video; each is shown at its own time.

    The video has the size of the first drawing: that of the frames, and below them room for the
    text of the prediction. The file appears when it is complete: an error or an interrupt leaves
    none.

    Args:
        path: the file to write.
        rate: frames per second.
    """

    def __init__(self, path: Path, rate: Fraction) -> None:
        self._rate = rate
        self._size = (0, 0)
        self._parts = ExitStack()
        self._temporary = self._parts.enter_context(replacing(path, flush=False))
        self._writer: VideoWriter | None = None

    def add(self, frame: Frame, prediction: Prediction) -> None:
        """Draw a frame and add it."""
        drawn = prediction.draw(frame.image)
        if self._writer is None:
            self._size = drawn.size
            writer = VideoWriter(self._temporary, self._rate, drawn.size)
            self._writer = self._parts.enter_context(writer)
        self._writer.add(_on_canvas(drawn, frame.image, self._size), frame.time)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._parts.__exit__(kind, error, trace)


def _on_canvas(drawn: Image.Image, image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a drawing at the size of the video's first one, from which its text may differ.

    Args:
        drawn: the image, possibly enlarged, and below it the text.
        image: the image without the drawing.
        size: (width, height) of the first drawing.
    """
    if drawn.size == size or drawn.width != size[0]:
        return drawn  # the writer resizes it
    end = round(drawn.width * image.height / image.width)
    text = drawn.crop((0, end, drawn.width, drawn.height))
    canvas = Image.new("RGB", size, PAPER)
    canvas.paste(drawn.crop((0, 0, drawn.width, end)), (0, 0))
    canvas.paste(text, (0, min(end, size[1] - text.height)))  # more text covers the picture's end
    return canvas
