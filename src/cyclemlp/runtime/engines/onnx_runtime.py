"""ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cyclemlp.runtime.engines.engine import Engine, damaged, refused


def open_onnx(file: Path, threads: int | None = None) -> Engine:
    """Open an ONNX file; see `OpenEngine`."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; the warnings are about graph optimizations
    # Its threads would spin after a call, on cores that others compute with.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(
            file, options, providers=onnxruntime.get_available_providers()
        )
    except Exception as error:  # its exceptions have no common public base class
        raise damaged(file, error) from error
    names = [one.name for one in session.get_inputs()]

    def run(*inputs: np.ndarray) -> list[np.ndarray]:
        try:
            outputs = session.run(None, dict(zip(names, inputs, strict=True)))
        except Exception as error:  # its errors have no common class
            raise refused(file, inputs, error) from error
        return [np.asarray(one) for one in outputs]

    return run
