"""FX graphs, as timm extracts features from."""

from typing import Any

import pytest
import timm
import torch
from timm.models import GraphExtractNet
from torchvision.models.feature_extraction import get_graph_node_names


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("cyclemlp_nano", {"dims": (8, 16, 16, 24), "depths": (1, 1, 1, 1)}),
        ("cyclemlp_nano", {"mixer": "spatial", "img_size": 64}),
        ("as_mlp_tiny", {"dim": 8, "depths": (1, 1, 1, 1)}),
    ],
)
def test_a_traced_network_computes_the_same(name: str, arguments: dict[str, Any]):
    network: Any = timm.create_model(name, num_classes=5, **arguments).eval()
    last = get_graph_node_names(network, tracer_kwargs=_notrace())[1][-1]
    traced = GraphExtractNet(network, [last])
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(traced(x), network(x), rtol=1e-5, atol=1e-5)


def _notrace() -> dict[str, Any]:
    from timm.models._features_fx import get_notrace_functions, get_notrace_modules

    return {"leaf_modules": get_notrace_modules(), "autowrap_functions": get_notrace_functions()}
