"""OpenVINO."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cyclemlp.runtime.engines.engine import Engine, damaged, refused

_ROOT, _HEAD = b"<net", 1024  # the first element of a file, and the bytes before which it begins


def open_openvino(file: Path, threads: int | None = None) -> Engine:
    """Open OpenVINO's pair of ``.xml`` and ``.bin`` files; see `OpenEngine`."""
    from openvino import Core

    if _ROOT not in file.read_bytes()[:_HEAD]:  # it would try the formats of all its other readers
        raise damaged(file, ValueError("it does not begin with a net in XML"))
    # By default OpenVINO computes in bfloat16 on CPUs that have it.
    settings: dict[str, str | int] = {"INFERENCE_PRECISION_HINT": "f32"}
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    try:
        compiled = Core().compile_model(file, "CPU", settings)
    except Exception as error:  # RuntimeError with the compiler's stack
        raise damaged(file, error) from error

    def run(*inputs: np.ndarray) -> list[np.ndarray]:
        try:
            results = compiled(list(inputs))
        except Exception as error:  # RuntimeError with the place in its source
            raise refused(file, inputs, error) from error
        return [np.array(results[one]) for one in compiled.outputs]

    return run
