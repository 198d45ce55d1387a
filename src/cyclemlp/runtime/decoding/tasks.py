"""Which decoder belongs to which task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cyclemlp.runtime.config import ExportConfig
from cyclemlp.runtime.decoding.classify import ClassifyDecoder
from cyclemlp.runtime.decoding.decoder import Decoder
from cyclemlp.runtime.decoding.detect import DetectDecoder
from cyclemlp.runtime.decoding.segment import SegmentDecoder
from cyclemlp.runtime.engines.engine import Engines

DECODERS: dict[str, Callable[[ExportConfig, Engines, Mapping[str, Any]], Decoder]] = {
    "classify": ClassifyDecoder,
    "segment": SegmentDecoder,
    "detect": DetectDecoder,
    "instance": DetectDecoder,
}
"""Name of each task -> from an export's description, engines and settings to a decoder."""
