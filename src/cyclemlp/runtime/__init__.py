"""Predictions from an exported network, with NumPy, Pillow and ONNX Runtime or OpenVINO alone."""

from cyclemlp.runtime.loading import load

__all__ = ["load"]
