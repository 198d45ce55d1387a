"""The verb ``check``."""

import json

import pytest
import torch

from cyclemlp.benchmarking import self_check as module
from cyclemlp.benchmarking.operators import DefinitionFC
from cyclemlp.benchmarking.self_check import self_check
from cyclemlp.cli.showing import show
from cyclemlp.verbs.check import check


def test_the_text_and_the_json_name_what_matters(capsys):
    found = check()
    show(found, as_json=False)
    out = capsys.readouterr().out
    for part in ("python 3.", f"torch {torch.__version__.partition('+')[0]}", "GiB free",
                 "CPU kernels: float32", "operator on cpu: ", "agrees with it"):  # fmt: skip
        assert part in out
    show(found, as_json=True)
    content = json.loads(capsys.readouterr().out)
    assert [one["work"] for one in content["passes"]][:2] == ["forward", "forward and backward"]
    assert all(one["agrees"] for one in content["passes"])


def test_a_wrong_operator_is_found(monkeypatch: pytest.MonkeyPatch):
    class Wrong(DefinitionFC):
        def forward(self, x):
            return super().forward(x) * 1.01

    monkeypatch.setattr(module, "DefinitionFC", Wrong)
    passes = self_check(torch.device("cpu"))
    assert not any(one.agrees for one in passes)
    assert "DIFFERS FROM it" in str(passes[0])
