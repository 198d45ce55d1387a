"""A pytest plugin that points timm's own suite at the models registered by cyclemlp.

timm's test file chooses its models by calling `timm.list_models` with a filter, a list of timm's
modules, or exclusions. The plugin answers those calls with the models of `--only-models`, leaves
the exclusions in force, and drops the tests written for models of timm's by name.
"""

from __future__ import annotations

import inspect

import pytest
import timm

import cyclemlp  # noqa: F401  registers the models

_models: set[str] = set()


def _list_models(*args: object, **kwargs: object) -> list[str]:
    asked = inspect.signature(timm.models.list_models).bind(*args, **kwargs).arguments
    asked.pop("module", None)  # the modules named there are timm's
    asked.pop("pretrained", None)
    names = timm.models.list_models(**asked)
    return [name for name in names if name.split(".")[0] in _models]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-models", required=True, help="names of models, joined by commas")


def pytest_configure(config: pytest.Config) -> None:
    _models.update(str(config.getoption("only_models")).split(","))
    timm.list_models = _list_models


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if _model_of(item).split(".")[0] in _models]
    config.hook.pytest_deselected(items=[item for item in items if item not in ours])
    items[:] = ours


def _model_of(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("model_name", "")) if callspec else ""
