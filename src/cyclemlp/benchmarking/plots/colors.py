"""Colours of the kinds of contestants."""

from __future__ import annotations

from cyclemlp.reporting.canvas import BLUE, GREEN, MUTED, ORANGE, SERIES

COLORS = {
    "ours": BLUE,
    "prepared": "#63a0d4",
    "engine": "#b3404a",
    "deformable": ORANGE,
    "twin": GREEN,
    "collapsed": SERIES[3],
    "timm": MUTED,
}
