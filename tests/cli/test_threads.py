"""How threads wait for work."""

import os

import pytest

from cyclemlp.cli import main as command
from cyclemlp.cli.threads import let_idle_threads_sleep

NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


@pytest.fixture(autouse=True)
def _without_openmps_variables(monkeypatch):
    monkeypatch.setattr(os, "environ", {k: v for k, v in os.environ.items() if k not in NAMES})


def chosen():
    return {name: os.environ[name] for name in NAMES if name in os.environ}


def test_idle_threads_sleep():
    let_idle_threads_sleep()
    assert chosen() == {"GOMP_SPINCOUNT": "10000"}


@pytest.mark.parametrize("name", NAMES)
def test_the_users_choice_stands(name):
    os.environ[name] = "7"
    let_idle_threads_sleep()
    assert chosen() == {name: "7"}


def test_a_caller_in_python_keeps_its_environment(monkeypatch):
    monkeypatch.setattr("sys.argv", ["cyclemlp", "--version"])
    command.main(["--version"])
    assert chosen() == {}
    command.main()
    assert "GOMP_SPINCOUNT" in chosen()
