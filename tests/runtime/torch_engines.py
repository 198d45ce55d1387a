"""Exports without files: torch computes the graphs that engines would compute."""

from __future__ import annotations

from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.exporting.heads import exportable
from cyclemlp.exporting.recording import torch_engine
from cyclemlp.runtime.config import ExportConfig
from cyclemlp.runtime.decoding.tasks import DECODERS
from cyclemlp.runtime.predictor import RuntimePredictor

AXES = ("batch", "height", "width")


def runtime_predictor(network, task, preprocessing: Preprocessing) -> RuntimePredictor:
    content = exportable(network, task, preprocessing.image_size, AXES)
    engines = {name: torch_engine(part) for name, part in content.parts.items()}
    config = ExportConfig(
        task=task.name,
        classes=task.classes,
        colors=task.colors,
        preprocessing=preprocessing,
        settings=content.settings,
        minimum=32,
        dynamic=AXES,
        parts=tuple(content.parts),
        files={},
    )
    return RuntimePredictor(config, DECODERS[task.name](config, engines, content.settings))
