import json

import pytest

from cyclemlp.models.zoo import ZOO
from cyclemlp.verbs.info import info

from .command import run


def test_info_as_a_table_and_for_machines(capsys, bundle):
    status, out, _ = run(capsys, "info", bundle, "--image-size", "64")
    assert status == 0
    assert "GMACs" in out
    assert "\x1b" not in out
    status, out, _ = run(capsys, "info", bundle, "--image-size=64", "--json")
    assert json.loads(out) == json.loads(json.dumps(info(bundle, 64).to_dict()))


@pytest.mark.parametrize(
    ("variable", "value", "silent"),
    [("RANK", "1", True), ("LOCAL_RANK", "3", True), ("SLURM_PROCID", "2", True), ("RANK", "0", 0)],
)
def test_of_several_processes_only_the_first_prints(capsys, monkeypatch, variable, value, silent):
    monkeypatch.setenv(variable, value)
    for words in (["models"], ["models", "--json"]):
        status, out, _ = run(capsys, *words)
        assert status == 0
        assert (out == "") == silent


def test_models_shows_accuracies(capsys):
    status, out, _ = run(capsys, "models")
    assert status == 0
    rows = out.splitlines()[1:]
    assert len(rows) == len(ZOO)  # lines are not folded, as for `cyclemlp models | grep b5`
    assert next(row for row in rows if row.startswith("cyclemlp_b5")).split()[3] == "83.2"
