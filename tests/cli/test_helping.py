"""The help of verbs: one page, the settings of a task, and all flags."""

import json
from dataclasses import fields

import pytest

from cyclemlp.cli.by_task import specialised
from cyclemlp.cli.flags import flag_types
from cyclemlp.cli.verbs import VERBS
from cyclemlp.tasks import TASKS, get_recipe
from cyclemlp.verbs.train import defaults_for, train

from .command import run


@pytest.mark.parametrize("verb", [name for name, verb in VERBS.items() if verb.common])
def test_the_help_of_a_long_verb_is_one_page(capsys, monkeypatch, verb):
    monkeypatch.setenv("COLUMNS", "80")
    status, out, _ = run(capsys, verb, "--help")
    assert status == 0
    assert out.count("\n") <= 32
    assert f"cyclemlp {verb} --help-all describes all" in out
    assert "type:" not in out


def test_help_all_describes_every_flag_with_its_type(capsys):
    _, out, _ = run(capsys, "train", "--help-all")
    for flag in ("--save-every", "--optim.warmup-epochs", "--json"):
        assert flag in out
    assert "(type: int | null, default: null)" in out


@pytest.mark.parametrize("task", TASKS)
def test_the_settings_of_a_task_are_described(capsys, task):
    _, out, _ = run(capsys, "train", "--task", task, "--help")
    texts = " ".join(out.split())
    for setting in fields(get_recipe(task).settings):
        flag = f" --{setting.name.replace('_', '-')} "
        assert flag in texts, setting.name
        assert not texts.partition(flag)[2].partition(" ")[2].startswith("--"), setting.name


@pytest.mark.parametrize("task", TASKS)
def test_no_other_flag_has_the_last_part_of_a_settings_name(task):
    kinds = flag_types(specialised(train, defaults_for({"task": task})))
    last = [name.rpartition(".")[2] for name in kinds]
    for setting in fields(get_recipe(task).settings):
        assert last.count(setting.name) == 1, setting.name


def test_the_help_of_predict_shows_the_bundles_own_settings(capsys, tmp_path):
    content = {"task": "detect", "task_args": {"min_score": 0.25, "channels": 64}}
    (tmp_path / "config.json").write_text(json.dumps(content))
    for verb in ("predict", "evaluate"):
        _, out, _ = run(capsys, verb, str(tmp_path), "--help")
        texts = " ".join(out.split())
        assert (
            "--min-score MIN_SCORE objects with a lower score are dropped (default: 0.25)" in texts
        )
        assert "--nms-iou" in texts
        assert "--channels" not in texts  # it shapes the network, which is trained
