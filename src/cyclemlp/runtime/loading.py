"""From a folder of exported files to a predictor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cyclemlp.runtime.config import ExportConfig, damaged_config, read_config
from cyclemlp.runtime.decoding.tasks import DECODERS
from cyclemlp.runtime.engines.choosing import open_engines
from cyclemlp.runtime.finding import located
from cyclemlp.runtime.predictor import RuntimePredictor


def load(
    path: str | Path, format: str | None = None, threads: int | None = None, **settings: Any
) -> RuntimePredictor:
    """Load an exported network for prediction, without torch.

    Args:
        path: a folder that ``cyclemlp export`` wrote, or one of the files in it.
        format: ``"onnx"`` or ``"openvino"``; by default the first one whose library is installed.
        threads: that compute; by default the library's choice.
        **settings: of the predictions, e.g. ``top_k=3``; by default those of the export.

    Returns:
        A predictor: ``predictor(image)`` and ``predictor([image, …])``.

    Raises:
        FileNotFoundError: there is no such folder, or a file is missing.
        ImportError: no library is installed for the formats in the folder.
        ValueError: the folder holds no exported network, a file is damaged, or there is no such
            setting.
    """
    folder, named = located(Path(path))
    config = read_config(folder)
    engines = open_engines(config, format or named, threads)
    chosen = _settings(config, settings)
    with damaged_config(folder):
        decoder = DECODERS[config.task](config, engines, chosen)
    return RuntimePredictor(config, decoder)


def _settings(config: ExportConfig, given: dict[str, Any]) -> dict[str, Any]:
    unknown = [name for name in given if name not in config.settings]
    if unknown:
        raise ValueError(
            f"there is no setting {unknown[0]!r} of {config.task}; the settings are: "
            f"{', '.join(config.settings)}"
        )
    return dict(config.settings) | given
