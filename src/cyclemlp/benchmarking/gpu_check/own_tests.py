"""The tests with the mark `gpu`, run by pytest in a separate process."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

from cyclemlp.benchmarking.gpu_check.plan import Plan
from cyclemlp.benchmarking.gpu_check.step import Finding

_LONGEST = 180  # seconds
_LINES = 40


def check_tests(plan: Plan) -> Finding:
    """Run the tests, and return the last lines of pytest's output.

    Raises:
        RuntimeError: there is nothing to run, or nothing to run it with.
        subprocess.TimeoutExpired: the tests take too long.
    """
    if not plan.tests.is_dir():
        raise RuntimeError(f"{plan.tests} is no folder: run it from a checkout, or give --tests")
    if find_spec("pytest") is None:
        raise RuntimeError("pytest is not installed: pip install pytest hypothesis")
    options = ["-m", "gpu", "-q", "--durations=5", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, str(plan.tests)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST)
    output = (done.stdout + done.stderr).splitlines()[-_LINES:]
    return Finding(done.returncode == 0, {"exit status": done.returncode, "output": output})
