"""How long the first call of a network takes, in a new process.

As a program, `python -m cyclemlp.benchmarking.gpu_check.first_call MODEL DEVICE SIDE` makes the
call and prints its seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

import torch

from cyclemlp.benchmarking.gpu_check.plan import Plan
from cyclemlp.benchmarking.gpu_check.step import Finding
from cyclemlp.tasks.common.backbones import create_network

_LONGEST = 120  # seconds


def check_first_call(plan: Plan) -> Finding:
    """Measure the first call with an empty cache of Triton's, and with the one it filled."""
    words = [plan.models[0], str(plan.device), str(plan.image_size)]
    with tempfile.TemporaryDirectory() as cache:
        empty, full = (_in_a_new_process(words, cache) for _ in range(2))
    return Finding(True, {"seconds, empty cache": empty, "seconds, full cache": full})


def _in_a_new_process(words: list[str], cache: str) -> float:
    command = [sys.executable, "-m", __name__, *words]
    environment = {**os.environ, "TRITON_CACHE_DIR": cache}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_LONGEST
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-1000:])
    return float(done.stdout)


def main(model: str, device: str, side: str) -> None:
    """Call a network once in bfloat16, and print the seconds."""
    network = create_network(model).to(device, torch.bfloat16).eval()
    images = torch.zeros(1, 3, int(side), int(side), device=device, dtype=torch.bfloat16)
    begun = time.perf_counter()
    with torch.inference_mode():
        network(images).cpu()  # waits for the result
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main(*sys.argv[1:])
