"""The public page: every name is there, and is the thing its name says."""

from __future__ import annotations

import importlib
import inspect

import pytest
import timm

import cyclemlp


@pytest.mark.parametrize("name", cyclemlp.__all__)
def test_every_public_name_is_documented_and_listed(name: str) -> None:
    assert inspect.getdoc(getattr(cyclemlp, name))
    assert name in dir(cyclemlp)


@pytest.mark.parametrize("verb", ["train", "evaluate", "predict", "export", "info", "benchmark"])
def test_a_verb_is_a_function_whatever_was_imported_before(verb: str) -> None:
    importlib.import_module(f"cyclemlp.verbs.{verb}")
    assert inspect.isfunction(getattr(cyclemlp, verb))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = cyclemlp.nonsense  # type: ignore[attr-defined]


def test_importing_it_registers_the_models() -> None:
    assert {"cyclemlp_nano", "cyclemlp_b1", "cyclemlp_base"} <= set(timm.list_models("cyclemlp_*"))
