"""Loggers of services: what is missing is one sentence, before training begins."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import lightning.pytorch.loggers as lightning_loggers
import pytest

from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.run.loggers import closing, create_loggers, require_loggers
from cyclemlp.training.settings.settings import Settings


@pytest.fixture
def wandb(monkeypatch):
    """A stand-in for the library, to which one is logged in."""
    module: Any = ModuleType("wandb")
    module.__spec__ = ModuleSpec("wandb", None, origin="wandb.py")
    module.login = lambda: True
    module.finish = lambda: setattr(module, "finished", True)
    monkeypatch.setitem(sys.modules, "wandb", module)
    return module


def _settings(*names):
    return Settings("data", logger=list(names))


class _Service:
    """A logger whose beginning writes a folder, and fails if it is told to."""

    fails = False

    def __init__(self, **given):
        self.given = given

    @property
    def experiment(self):
        (self.given["save_dir"] / "wandb").mkdir()
        if self.fails:
            raise RuntimeError("no\nanswer.")


def test_a_missing_library_is_named_although_a_folder_has_its_name(tmp_path, monkeypatch):
    (tmp_path / "mlflow").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mlflow", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ImportError, match=r"^--logger mlflow needs .*: pip install mlflow$"):
        require_loggers(_settings("mlflow"))


def test_a_missing_login_is_told(wandb):
    require_loggers(_settings("wandb"))

    def refuse():
        raise RuntimeError("No API key configured.")

    wandb.login = refuse
    told = r"^--logger wandb cannot begin: log in with `wandb login`, .*\(No API key configured\)$"
    with pytest.raises(ValueError, match=told):
        require_loggers(_settings("wandb"))


def test_a_logger_that_cannot_begin_leaves_nothing(tmp_path, wandb, monkeypatch):
    monkeypatch.setattr(lightning_loggers, "WandbLogger", _Service)
    folder = RunFolder(tmp_path)
    logger: Any = create_loggers(_settings("wandb"), folder)[0]
    assert logger.given["id"] is None  # a new run
    (tmp_path / "wandb").rmdir()
    monkeypatch.setattr(_Service, "fails", True)
    with pytest.raises(ValueError, match=r"^--logger wandb cannot begin: .* \(no answer\)$"):
        create_loggers(_settings("wandb"), folder)
    assert not list(tmp_path.iterdir())


def test_a_resumed_run_continues_its_log(tmp_path, wandb, monkeypatch):
    monkeypatch.setattr(lightning_loggers, "WandbLogger", _Service)
    monkeypatch.setattr(_Service, "experiment", None)
    (tmp_path / "wandb/offline-run-20261129_172657-k3x").mkdir(parents=True)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/last.ckpt").touch()
    logger: Any = create_loggers(_settings("wandb"), RunFolder(tmp_path))[0]
    assert logger.given["id"] == "k3x"


def test_the_log_ends_with_the_run(wandb):
    with closing(_settings("csv")):
        pass
    assert not hasattr(wandb, "finished")
    with pytest.raises(KeyError), closing(_settings("wandb")):
        raise KeyError
    assert wandb.finished
