"""The table of tasks, and tasks made from it."""

import pytest

from cyclemlp.tasks import TASKS, get_task


def test_every_task_has_the_name_under_which_it_is_listed():
    for name in TASKS:
        assert get_task(name).name == name


def test_the_error_for_an_unknown_task_lists_the_tasks():
    with pytest.raises(
        ValueError, match=r"no task 'count'; the tasks of this version are: classify"
    ):
        get_task("count")
