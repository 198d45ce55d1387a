"""Small videos for tests: gray frames whose upper left corner is red."""

from fractions import Fraction
from typing import Any

import av
import numpy as np

SIZE = (64, 48)
CLOCK = Fraction(1, 1000)


def write_video(path, times, size=SIZE, codec="mpeg4", turn=None, options=None, gop=12):
    """Write a video with frames at `times`, in milliseconds; frame i has the gray value 20 + 4i.

    Args:
        path: the file; its suffix decides the format.
        times: of the frames; may be empty.
        size: (width, height).
        codec: name of FFmpeg's encoder.
        turn: degrees counterclockwise and whether to mirror, which a player applies.
        options: of the container.
        gop: frames from one complete frame to the next.
    """
    with av.open(str(path), "w", options=options or {}) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = CLOCK
        stream.codec_context.gop_size = gop
        if turn is not None:
            stream.set_display_rotation(*turn)
        for number, time in enumerate(times):
            container.mux(stream.encode(_frame(number, time, size)))
        if not times:
            container.start_encoding()
        container.mux(stream.encode())
    return path


def write_sound(path):
    """Write a tenth of a second of silence."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4410), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _frame(number, time, size):
    pixels = np.full((size[1], size[0], 3), (20 + 4 * number) % 256, np.uint8)
    pixels[:16, :16] = 255, 0, 0
    frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
    frame.pts, frame.time_base = time, CLOCK
    return frame
