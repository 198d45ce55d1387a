"""timm's own `tests/test_models.py`, out of its source distribution."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tarfile
from collections.abc import Collection
from pathlib import Path
from xml.etree import ElementTree

import pytest
import timm

from cyclemlp.models.zoo import ZOO

SMALLEST = ("cyclemlp_nano", "as_mlp_tiny")  # one of each family
PLUGIN = Path(__file__).with_name("timm_suite_plugin.py")
# Not for us, though timm lists models for them: two download every weight there is, one holds the
# weaker expectations for networks without a pyramid, one asks for a family of timm's by name.
NOT_OURS = {
    "test_model_load_pretrained",
    "test_model_features_pretrained",
    "test_model_default_cfgs_non_std",
    "test_model_features_space2depth_reduction",
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of timm's source distribution, of the version that is installed."""
    folder = tmp_path_factory.mktemp("timm")
    wanted = f"timm=={timm.__version__}"
    command = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "timm", wanted]
    subprocess.run([sys.executable, *command], cwd=folder, check=True)
    (archive,) = folder.glob("timm-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_smallest_variants_pass_every_test_timm_lists_models_for(suite: Path) -> None:
    _passes(suite, SMALLEST)


@pytest.mark.weekly
@pytest.mark.timeout(3 * 3600)
def test_every_variant_passes_every_test_timm_lists_models_for(suite: Path) -> None:
    _passes(suite, ZOO)


def _passes(suite: Path, models: Collection[str]) -> None:
    report = suite / "report.xml"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/test_models.py", "--numprocesses=2", "--quiet"]
        + ["-p", PLUGIN.stem, f"--junitxml={report}", f"--only-models={','.join(models)}"]
        + [f"--deselect=tests/test_models.py::{name}" for name in sorted(NOT_OURS)],
        cwd=suite,
        env=_environment(),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    tests = _tests_listing_models(suite / "tests" / "test_models.py")
    assert {"test_model_forward", "test_prune_intermediate_layers_contract"} <= tests
    assert _passed(report) == {(test, model) for test in tests - NOT_OURS for model in models}


def _environment() -> dict[str, str]:
    # there timm leaves out what is too large for its own models
    kept = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    return {**kept, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(PLUGIN.parent), "TIMEOUT": "600"}


def _tests_listing_models(source: Path) -> set[str]:
    """The tests parametrised over what `list_models` returns, in nested blocks too."""
    return {
        node.name
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and any("list_models(" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def _passed(report: Path) -> set[tuple[str, str]]:
    """(test, model) of every test case in a JUnit report that neither failed nor was skipped."""
    passed = set()
    for case in ElementTree.parse(report).iter("testcase"):
        if not list(case.iter("failure")) + list(case.iter("error")) + list(case.iter("skipped")):
            test, _, parameters = case.attrib["name"].removesuffix("]").partition("[")
            passed.add((test, parameters.rpartition("-")[2].split(".")[0]))
    return passed
