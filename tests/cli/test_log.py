import logging

import pytest
import torch

from cyclemlp.cli.main import main
from cyclemlp.cli.verbs import Verb
from cyclemlp.ops.cpu import library

LOGGER = logging.getLogger("cyclemlp")
MESSAGE = "Compiling the CPU kernels for float32, once for this machine\n"


@pytest.fixture
def compiling(monkeypatch, tmp_path):
    """A verb that uses the CPU kernels, on a machine that has not compiled them."""

    def info(model: str) -> None:
        """Use the kernels.

        Args:
            model: not used.
        """
        for _ in range(2):
            library._loaded(torch.float32, library.locate(torch.float32))

    monkeypatch.setattr(library, "find_compiler", lambda: __file__)
    monkeypatch.setattr(library, "compile_library", lambda *_: b"a library")
    monkeypatch.setattr(library, "_opened", lambda file: file)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(Verb, "load", lambda verb: info)


@pytest.fixture
def root_handler():
    """A handler of the root logger, as other libraries install one."""
    handler = logging.StreamHandler()
    logging.root.addHandler(handler)
    yield
    logging.root.removeHandler(handler)


def test_compiling_the_kernels_is_logged_once_on_stderr(compiling, root_handler, capsys):
    assert main(["info", "cyclemlp_nano"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", MESSAGE)


def test_of_several_processes_only_the_first_logs(compiling, capsys, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert main(["info", "cyclemlp_nano"]) == 0
    assert capsys.readouterr().err == ""


def test_the_callers_logging_settings_are_restored():
    before = LOGGER.level, LOGGER.propagate, [*LOGGER.handlers]
    main(["--version"])
    assert (LOGGER.level, LOGGER.propagate, LOGGER.handlers) == before


def test_importing_the_package_installs_no_handler():
    assert not LOGGER.handlers
