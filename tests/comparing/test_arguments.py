"""A settings file of ``train`` fits ``compare``."""

import pytest

from cyclemlp.cli.parsing import parse
from cyclemlp.verbs.compare import compare
from cyclemlp.verbs.train import defaults_for


def read(*words):
    return parse(compare, "cyclemlp compare", (), words, defaults_for)


def test_a_recipe_is_read_and_flags_change_it():
    found = read("--config", "small", "--data", "D", "--models", "a", "b:mixer=axial", "--lr", "1")
    assert found is not None
    assert found["models"] == ["a", "b:mixer=axial"]
    assert (found["lr"], found["batch_size"], found["model"]) == (1.0, 64, "cyclemlp_nano")
    assert found["optim"].min_lr == 1e-5


def test_each_flag_is_described_once(capsys):
    assert read("--help-all") is None
    text = capsys.readouterr().out
    assert text.count("early_stop") + text.count("early-stop") >= 1
    for flag in ("max-time", "resume"):
        assert f"--{flag} " not in text


def test_a_flag_that_the_comparison_decides_is_refused():
    with pytest.raises(ValueError, match="no flag --seed"):
        read("--data", "D", "--models", "a", "--seed", "1")
