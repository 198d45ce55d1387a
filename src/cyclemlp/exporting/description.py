"""The content of ``config.json`` of an exported network: a bundle's, with one more section."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cyclemlp.bundle.config import BundleConfig
from cyclemlp.bundle.versions import installed_versions
from cyclemlp.exporting.heads import Exportable
from cyclemlp.runtime.config import SECTION

_TOOLS = ("onnx", "onnxscript", "onnxruntime", "openvino", "nncf")


def description(
    config: BundleConfig, content: Exportable, dynamic: Sequence[str], formats: Mapping[str, Any]
) -> str:
    """Return the JSON text.

    Args:
        config: of the bundle.
        content: what is exported.
        dynamic: names of the axes that may vary.
        formats: name of each format -> its file and the figures of its check.
    """
    text = json.loads(config.to_json())
    text["versions"] |= installed_versions(_TOOLS)
    text[SECTION] = {
        "settings": content.settings,
        "minimum": content.minimum,
        "dynamic": list(dynamic),
        "parts": list(content.parts),
        "formats": dict(formats),
    }
    return json.dumps(text, ensure_ascii=False, indent=2) + "\n"
