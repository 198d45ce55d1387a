"""OpenVINO."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cyclemlp.runtime.engines.engine import Engine, damaged


def open_openvino(file: Path, threads: int | None = None) -> Engine:
    """Open OpenVINO's pair of ``.xml`` and ``.bin`` files; see `OpenEngine`."""
    from openvino import Core

    # By default OpenVINO computes in bfloat16 on CPUs that have it.
    settings: dict[str, str | int] = {"INFERENCE_PRECISION_HINT": "f32"}
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    try:
        compiled = Core().compile_model(file, "CPU", settings)
    except Exception as error:  # RuntimeError with the compiler's stack
        raise damaged(file, error) from error

    def run(*inputs: np.ndarray) -> list[np.ndarray]:
        results = compiled(list(inputs))
        return [np.array(results[one]) for one in compiled.outputs]

    return run
