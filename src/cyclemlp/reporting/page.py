"""HTML pages that need no server: pictures are embedded, styles and settings are shared."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader
from PIL import Image


def rendered(template: str, **content: Any) -> str:
    """Return the text of a page.

    Args:
        template: path of a template in this package; it extends ``reporting/page.html``, which
            needs ``title``, ``pictures`` (heading -> `embedded` picture) and ``settings``.
        **content: the template's variables.
    """
    page = Environment(loader=PackageLoader("cyclemlp", ""), autoescape=True)
    page.filters |= {"shown": _shown, "fixed": _fixed}
    return page.get_template(template).render(content)


class Picture(NamedTuple):
    """A picture inside the page; on narrow screens it scrolls instead of becoming illegible."""

    source: str
    width: int


def embedded(file: Path) -> Picture:
    """Return a PNG file as a picture inside the page."""
    with Image.open(file) as image:
        width = image.width
    encoded = base64.b64encode(file.read_bytes()).decode("ascii")
    return Picture(f"data:image/png;base64,{encoded}", width)


def _shown(value: Any) -> str:
    """Format a value with four significant digits or thousands separators; None is a dash."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if type(value) is int else str(value)


def _fixed(value: Any) -> str:
    """Format a cell of a column of fractions with three decimals."""
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
