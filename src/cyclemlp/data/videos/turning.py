"""The display matrix of a frame: how a player turns it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_Turn = Image.Transpose
# Signs of a, b, c, d; a player shows the stored pixel (x, y) at (ax + cy, bx + dy), y downwards.
_TURNS: dict[tuple[int, int, int, int], Image.Transpose] = {
    (0, 1, -1, 0): _Turn.ROTATE_270,
    (-1, 0, 0, -1): _Turn.ROTATE_180,
    (0, -1, 1, 0): _Turn.ROTATE_90,
    (-1, 0, 0, 1): _Turn.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): _Turn.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): _Turn.TRANSPOSE,
    (0, -1, -1, 0): _Turn.TRANSVERSE,
}


def upright(frame: VideoFrame) -> Image.Image:
    """Convert a frame to RGB, turned and mirrored as a player shows it.

    Quarter turns and mirror images are applied; other angles, which cameras do not write, are not.
    """
    image = frame.to_image()
    turn = _TURNS.get(_signs(frame))
    return image if turn is None else image.transpose(turn)


def _signs(frame: VideoFrame) -> tuple[int, int, int, int]:
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return (1, 0, 0, 1)
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data))
    return _sign(a), _sign(b), _sign(c), _sign(d)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
