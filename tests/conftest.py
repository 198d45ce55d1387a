"""Shared by every test: seeds, one thread, quick deterministic hypothesis, poisoned memory."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before torch is imported, here and in the processes that tests start: the tensors are tiny, and
# threads would fight over the cores with the tests' own processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# No test may wait for, or depend on, the Hub.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# A window is never opened.
os.environ.setdefault("MPLBACKEND", "Agg")

import hypothesis
import numpy as np
import pytest
import torch

from cyclemlp.benchmarking import timing
from cyclemlp.data.generated.scenes import write_scenes
from cyclemlp.ops.cpu import library

# The same examples on every machine and run, and no timing in a verdict.
hypothesis.settings.register_profile(
    "cyclemlp",
    derandomize=True,
    deadline=None,
    max_examples=25,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("cyclemlp")


@pytest.fixture(autouse=True)
def seeds() -> None:
    """The same random numbers for a test whichever ran before it."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  libraries below draw from the global generator
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """A test that changes the number of threads does so for itself alone."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def small_products() -> Iterator[None]:
    """Benchmarks compare with a small matrix product; that of a measurement takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timing, "_SIDES", (128,))
        yield


@pytest.fixture
def no_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor without kernels in C, so that plain torch serves."""
    nothing = library.Kernels(None, "no C compiler was found")
    monkeypatch.setattr(library, "find", lambda dtype: nothing)


@pytest.fixture(params=["kernels", "no_kernels"])
def either_path(request: pytest.FixtureRequest) -> str:
    """What a processor with kernels in C computes by them, and again what plain torch does."""
    if request.param == "no_kernels":
        request.getfixturevalue("no_kernels")
    return request.param


@pytest.fixture
def poisoned_memory() -> Iterator[None]:
    """Memory torch hands out uninitialised holds NaN, so that reading it shows in the result."""
    deterministic: Any = torch.utils.deterministic  # its flag is a property torch does not declare
    flag = deterministic.fill_uninitialized_memory
    algorithms = torch.are_deterministic_algorithms_enabled()
    deterministic.fill_uninitialized_memory = True
    torch.use_deterministic_algorithms(True)
    assert torch.empty(2).isnan().all(), "torch.empty is not filled"
    yield
    torch.use_deterministic_algorithms(algorithms)
    deterministic.fill_uninitialized_memory = flag


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve generated scenes to train on and three held out, in every dense task's layout."""
    return write_scenes(tmp_path_factory.mktemp("scenes"), train=12, val=3, size=(60, 80))
