"""Networks on images in PyTorch's two memory formats, contiguous and channels-last."""

from __future__ import annotations

import torch

from cyclemlp.benchmarking.captured import CapturedRunner
from cyclemlp.benchmarking.gpu_check.plan import Plan
from cyclemlp.benchmarking.gpu_check.step import Finding
from cyclemlp.benchmarking.inputs import make_input
from cyclemlp.benchmarking.runner import Runnable, Runner
from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.benchmarking.timing import interleaved
from cyclemlp.tasks.common.backbones import create_network

_FORMATS = {"contiguous": torch.contiguous_format, "channels-last": torch.channels_last}


def check_layouts(plan: Plan) -> Finding:
    """Return the milliseconds of an image for each network and format, in bfloat16."""
    calls = {
        f"{model} {layout}": _runner(plan, model, layout)
        for model in (plan.models[0], *plan.against)
        for layout in _FORMATS
    }
    times = interleaved(dict(calls), plan.device, plan.seconds)
    per_image = {name: 1e3 * t.median / plan.batch_size for name, t in times.items()}
    return Finding(True, {"ms per image": per_image})


def _runner(plan: Plan, model: str, layout: str) -> Runnable:
    sizes = (plan.batch_size, plan.image_size, plan.image_size)
    scenario = Scenario("model", "inference", str(plan.device), "bfloat16", "eager", *sizes)
    order = _FORMATS[layout]
    images = make_input(scenario).to(plan.device).contiguous(memory_format=order)
    network = create_network(model).eval().to(memory_format=order)  # pyright: ignore[reportCallIssue]
    runner = Runner(network, images, scenario)
    runner()
    return CapturedRunner(runner) if plan.without_python == "captured" else runner
