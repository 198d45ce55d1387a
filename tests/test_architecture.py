"""What may import what (`[tool.importlinter]` in pyproject.toml), and what an import costs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[1]
TRAINING_LIBRARIES = {
    "jsonargparse",
    "lightning",
    "matplotlib",
    "sklearn",
    "tensorboard",
    "torchdata",
    "torchmetrics",
    "transformers",
}


LINT = """
import sys
from importlinter.cli import lint_imports
sys.exit(lint_imports(config_filename=sys.argv[1], cache_dir=None))
"""

# A fresh interpreter imports the package after the libraries it stands on, and reports.
IMPORT = """
import json, os, sys, time
def state():
    flags = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
    return flags, dict(os.environ)
start = time.process_time()
import torch, torchvision, timm
libraries = time.process_time() - start
before = state()
start = time.process_time()
import cyclemlp
own = time.process_time() - start
assert state() == before
print(json.dumps({"libraries": libraries, "own": own, "modules": list(sys.modules)}))
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, Any]:
    run = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)  # which also says that importing prints nothing


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("cyclemlp", include_external_packages=True)


def test_arrows_point_down() -> None:
    """In a process of its own: import-linter closes the loggers' handlers, and with them stderr."""
    command = [sys.executable, "-c", LINT, str(ROOT / "pyproject.toml")]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("package", "libraries"),
    [("ops", {"torch", "triton"}), ("models", {"torch", "timm", "safetensors"})],
)
def test_lower_floors_know_few_libraries(
    imports: grimp.ImportGraph, package: str, libraries: set[str]
) -> None:
    package = f"cyclemlp.{package}"
    used = {
        imported.split(".")[0]
        for module in {package, *imports.find_descendants(package)}
        for imported in imports.find_modules_directly_imported_by(module)
    }
    assert used - set(sys.stdlib_module_names) - {"cyclemlp"} == libraries


def test_importing_brings_no_training_library(imported: dict[str, Any]) -> None:
    loaded = set(imported["modules"])
    assert {"cyclemlp", "torch", "timm"} <= loaded
    assert not loaded & TRAINING_LIBRARIES


def test_importing_costs_little_over_its_libraries(imported: dict[str, Any]) -> None:
    assert imported["own"] < 0.25 * imported["libraries"]
