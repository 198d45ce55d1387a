"""Heads of detectors in traced graphs."""

from __future__ import annotations

from typing import Any

import torch

from cyclemlp.exporting.graph import traced
from cyclemlp.exporting.part import Input, Part
from cyclemlp.exporting.retinanet import RetinaNetHead
from cyclemlp.tasks import create_task

TINY: dict[str, Any] = {"dims": (8, 16, 16, 24), "depths": (1, 1, 1, 1)}


def test_a_traced_head_takes_maps_of_one_cell():
    """reshape, as in torchvision's head, binds a trace to maps of more than one cell."""
    task = create_task("detect", ("disc", "square"), (), {"channels": 32})
    network: Any = task.build("cyclemlp_nano", **TINY).eval()
    detector = network.network
    axes = {0: ("batch", 1), 2: ("height", 1), 3: ("width", 1)}
    part = Part(
        RetinaNetHead(detector), (Input("maps", (2, 32, 3, 5), axes),), ("logits", "deltas")
    )
    graph: Any = traced(part).program.module()
    for shape in ((1, 32, 1, 1), (2, 32, 4, 1)):
        features = torch.randn(shape)
        with torch.no_grad():
            logits, deltas = graph(features)
            expected = detector.head([features])
        torch.testing.assert_close(logits, expected["cls_logits"])
        torch.testing.assert_close(deltas, expected["bbox_regression"])
