import multiprocessing

import pytest

from cyclemlp.data.report.inspecting import inspect_splits

from .opened import opened


def test_processes_give_the_same_report(damaged):
    assert inspect_splits(opened(damaged), workers=2) == inspect_splits(opened(damaged))


@pytest.mark.slow
def test_processes_may_be_spawned(damaged):
    context = multiprocessing.get_context("spawn")
    alone = inspect_splits(opened(damaged))
    assert inspect_splits(opened(damaged), workers=1, context=context) == alone


@pytest.mark.parametrize("workers", [0, 2])
def test_progress_ends_at_the_total(folders, workers):
    told = []
    inspect_splits(opened(folders), workers=workers, progress=lambda *step: told.append(step))
    assert told[-1] == (16, 16)
