"""Networks in engines of other projects, for the benchmark."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cyclemlp.exporting.engines import ENGINES


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_computes_what_torch_does(name):
    network, images = nn.Conv2d(3, 4, 3), torch.randn(2, 3, 9, 7)
    with torch.no_grad():
        expected = network(images)
    result = ENGINES[name](network, images, "float32")()
    torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("onnxruntime", "ONNX Runtime has no bfloat16 on a CPU"),
        ("openvino", "OpenVINO has no bfloat16 on this CPU"),
    ],
)
def test_a_precision_that_an_engine_lacks_is_a_reason(monkeypatch, name, reason):
    monkeypatch.setattr("openvino.Core.get_property", lambda *_: ["FP32", "INT8"])
    with pytest.raises(RuntimeError, match=reason):
        ENGINES[name](nn.Identity(), torch.zeros(1, 3, 8, 8), "bfloat16")
