"""Reading the frames of a video, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from PIL import Image

from cyclemlp.data.videos.opening import VideoError, opened_video, pyav
from cyclemlp.data.videos.turning import upright

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_USUAL_RATE = Fraction(25)  # for streams that store neither times nor a rate


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame of a video.

    Attributes:
        number: counted from 0.
        time: seconds since the first frame.
        image: upright RGB.
    """

    number: int
    time: float
    image: Image.Image


def read_frames(file: str, every: int = 1, after: int = -1) -> Iterator[Frame]:
    """Yield frames of a video in the order of display; one is in memory at a time.

    The rotation that a telephone stores is applied. Each frame has its own time, so that a variable
    frame rate is kept. Frames that are damaged are left out; the others keep their times.

    Args:
        file: path of the video.
        every: yield the frames 0, `every`, 2 · `every`, ….
        after: yield only frames with a higher number.

    Raises:
        FileNotFoundError: the file does not exist.
        VideoError: the file is not a usable video; or, after the last frame that can be read, a
            part of the video is damaged, or the video has no frames.
    """
    with opened_video(file) as (container, stream):
        stream.thread_type = "AUTO"
        faults: list[float | None] = []
        start, number = None, -1
        for number, frame in enumerate(_decoded(file, container, stream, faults)):
            start = frame.time if start is None else start
            if number > after and number % every == 0:
                yield Frame(number, _time(frame, number, start, stream), upright(frame))
    _check(file, number + 1, faults)


def frame_count(file: str, every: int = 1) -> int:
    """Return about how many frames `read_frames` yields, from the file's header; at least 1."""
    try:
        with opened_video(file) as (container, stream):
            duration = (container.duration or 0) / 1_000_000
            frames = stream.frames or int(duration * (stream.average_rate or 0))
            return max(1, -(-frames // every))
    except (VideoError, OSError):  # `read_frames` reports it
        return 1


def frame_rate(file: str) -> Fraction:
    """Return the average number of frames per second."""
    with opened_video(file) as (_, stream):
        return stream.average_rate or _USUAL_RATE


def _decoded(
    file: str, container: InputContainer, stream: VideoStream, faults: list[float | None]
) -> Iterator[VideoFrame]:
    """Yield all frames that can be decoded; add the time of each packet that cannot to `faults`."""
    unusable = pyav(file).error.FFmpegError
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except unusable:  # the container itself: nothing after this can be found
            faults.append(None)
            return
        if packet is None:
            return
        try:
            if not packet.is_corrupt:  # set where the file ends before the packet does
                yield from packet.decode()
                continue
        except unusable:
            pass
        faults.append(None if packet.pts is None else float(packet.pts * packet.time_base))


def _time(frame: VideoFrame, number: int, start: float | None, stream: VideoStream) -> float:
    if frame.time is None or start is None:
        return float(number / (stream.average_rate or _USUAL_RATE))
    return frame.time - start


def _check(file: str, frames: int, faults: list[float | None]) -> None:
    """Check that a video had frames, and no damage.

    Raises:
        VideoError: see above.
    """
    times = [time for time in faults if time is not None]
    first = f", first at {min(times):.2f} s" if times else ""
    if faults and frames:
        raise VideoError(
            f"{file}: damaged or cut off{first}: {len(faults)} of its packets cannot be decoded; "
            f"the other {frames} frames are used"
        )
    if not frames:
        raise VideoError(f"{file}: has no frame" + (" that can be decoded" if faults else "s"))
