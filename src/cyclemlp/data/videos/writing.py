"""Writing pictures as a video."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL import Image

from cyclemlp.data.videos.opening import pyav

SUFFIX = ".mp4"
_CLOCK = 90_000  # ticks per second: a multiple of the usual frame rates
_CODECS = ("libx264", "mpeg4")  # by preference; the second is in every build of FFmpeg


class VideoWriter:
    """Writes an MP4 file; each picture is shown at the time that it is given.

    Args:
        path: the file to write.
        rate: frames per second, for players that show it; `add` has each picture's time.
        size: (width, height) in pixels. H.264 needs even sides: odd ones get one more pixel.
    """

    def __init__(self, path: Path, rate: Fraction, size: tuple[int, int]) -> None:
        self._av, self._path = pyav(str(path)), path
        self._size = size[0] + size[0] % 2, size[1] + size[1] % 2
        self._container = self._av.open(str(path), "w", format="mp4")
        codec = next(name for name in _CODECS if name in self._av.codecs_available)
        self._stream: Any = self._container.add_stream(codec, rate=rate)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"  # the only one that every player shows
        self._stream.codec_context.time_base = Fraction(1, _CLOCK)
        self._tick = -1

    def add(self, image: Image.Image, time: float) -> None:
        """Add a picture, resized if it has not the video's size.

        Args:
            image: RGB.
            time: seconds, later than that of the picture before.
        """
        fitted = image if image.size == self._size else _fitted(image, self._size)
        frame = self._av.VideoFrame.from_image(fitted)
        self._tick = max(self._tick + 1, round(time * _CLOCK))
        frame.pts, frame.time_base = self._tick, Fraction(1, _CLOCK)
        with self._written():
            self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            with suppress(self._av.error.FFmpegError):  # the first error is the one to report
                self._container.close()
            return
        with self._written():
            self._container.mux(self._stream.encode())
            self._container.close()

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Raise FFmpeg's errors as an `OSError`."""
        try:
            yield
        except self._av.error.FFmpegError as error:
            reason = error.strerror or "the video cannot be encoded"
            raise OSError(error.errno, reason, str(self._path)) from error


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Repeat the last row and column of an image that lacks one; resize any other."""
    across, down = size[0] - image.width, size[1] - image.height
    if across in (0, 1) and down in (0, 1):
        return Image.fromarray(np.pad(np.asarray(image), ((0, down), (0, across), (0, 0)), "edge"))
    return image.resize(size)
