"""Pictures to try: generated scenes, and a digit."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageDraw, ImageFont

from cyclemlp.data.generated.drawing import draw_scene
from cyclemlp.serving.answering import png

NAMES = ("scene 1", "scene 2", "scene 3", "digit")
_SIZE = (256, 320)  # height and width in pixels


@cache
def example(number: int) -> bytes:
    """Return one of the examples as a PNG file.

    Args:
        number: an index into `NAMES`.
    """
    if NAMES[number] == "digit":
        return png(_digit())
    return png(Image.fromarray(draw_scene(_SIZE, (7, number)).pixels))


def _digit() -> Image.Image:
    """Draw a three like the scans of the demo: white on black, 8 × 8 pixels, enlarged."""
    image = Image.new("L", (64, 64))
    font = ImageFont.load_default(60)
    ImageDraw.Draw(image).text((32, 32), "3", 255, font, anchor="mm", stroke_width=2)
    small = image.resize((8, 8), Image.Resampling.BOX)
    return small.resize((32, 32), Image.Resampling.BICUBIC).convert("RGB")
