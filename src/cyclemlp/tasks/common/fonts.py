"""A font that has the letters of a text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

Font: TypeAlias = "ImageFont.FreeTypeFont | ImageFont.ImageFont"

# Pillow looks for these names in the folders of the system's fonts
_SYSTEM = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "Arial Unicode.ttf")
_EAST_ASIAN = ("NotoSansCJK-Regular.ttc", "PingFang.ttc", "msyh.ttc", "msgothic.ttc", "malgun.ttf")
_NO_LETTER = "\uffff"
_SOME = 16  # pixels; which letters a font has does not depend on the size


def font_for(text: str, size: int) -> Font:
    """Return Pillow's font; for letters that it lacks, the first known font that has all of them.

    Pillow's font has few letters besides those of English. Others are looked for on the system and
    in matplotlib. If none has all letters, Pillow's font is returned, which draws boxes for them.

    Args:
        text: all texts that are drawn with the font.
        size: in pixels.
    """
    name = None if text.isascii() else _name_for(frozenset(text))
    return (name and _named(name, size)) or ImageFont.load_default(size)


@lru_cache(maxsize=256)
def _name_for(letters: frozenset[str]) -> str | None:
    """Return the font that has all letters; None for Pillow's, which is also the last resort."""
    if _covers(ImageFont.load_default(_SOME), letters):
        return None
    fonts = ((name, _named(name, _SOME)) for name in _names())
    return next((name for name, font in fonts if font and _covers(font, letters)), None)


def _names() -> Iterator[str]:
    yield from _SYSTEM
    matplotlib = find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin:
        yield str(Path(matplotlib.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf")
    yield from _EAST_ASIAN


@lru_cache
def _named(name: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _covers(font: Font, letters: frozenset[str]) -> bool:
    missing = _drawn(font, _NO_LETTER)
    return all(_drawn(font, letter) != missing for letter in letters if letter.isprintable())


def _drawn(font: Font, letter: str) -> bytes:
    *_, right, bottom = font.getbbox(letter)
    picture = Image.new("L", (round(right) + 1, round(bottom) + 1))
    ImageDraw.Draw(picture).text((0, 0), letter, 255, font)
    return picture.tobytes()
