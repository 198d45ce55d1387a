"""Opening video files with PyAV; every failure becomes one short reason."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cyclemlp.data.messages import missing

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream


class VideoError(ValueError):
    """A file that is not a usable video. The message is ``FILE: reason``."""


@contextmanager
def opened_video(file: str) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video and yield its container and its first stream of moving pictures.

    Args:
        file: path of the video. Nothing but local files is opened, even if the file is a playlist
            that names other addresses.

    Raises:
        FileNotFoundError: the file does not exist.
        VideoError: the file cannot be used, or PyAV is not installed.
    """
    with _container(file, pyav(file)) as container:
        streams = [s for s in container.streams.video if not _is_cover(s)]
        if not streams:
            kinds = "only sound" if container.streams.audio else "or its index is damaged"
            raise VideoError(f"{file}: has no video stream, {kinds}")
        if streams[0].codec_context is None:
            raise VideoError(f"{file}: no decoder for its video stream; convert it to H.264")
        yield container, streams[0]


def pyav(file: str) -> Any:
    """Import PyAV.

    Args:
        file: what needs it, for the message.

    Raises:
        VideoError: it is not installed.
    """
    try:
        import av
    except ModuleNotFoundError as error:
        raise VideoError(
            f"{file}: videos need PyAV, which is not installed: pip install 'cyclemlp[video]'"
        ) from error
    return av


def _container(file: str, av: Any) -> InputContainer:
    try:
        return av.open(f"file:{file}", options={"protocol_whitelist": "file"})
    except FileNotFoundError:
        raise missing(file) from None
    except (av.error.FFmpegError, ValueError) as error:
        raise VideoError(f"{file}: {_reason(file, error)}") from error


def _reason(file: str, error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be opened: {error.strerror}"
    if os.path.isfile(file) and os.path.getsize(file) == 0:
        return "empty file"
    return "not a video of a known format, or damaged or cut off where its index is"


def _is_cover(stream: VideoStream) -> bool:
    """Return whether a stream is the cover picture of a music file."""
    from av.stream import Disposition

    return Disposition.attached_pic in stream.disposition
