import errno
import re
import subprocess
import sys

import pytest

from cyclemlp.cli.main import main
from cyclemlp.cli.verbs import VERBS

from .command import fail_with, run


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["inof"], "cyclemlp: there is no verb 'inof'; did you mean info?"),
        (["xyzzy"], "cyclemlp: there is no verb 'xyzzy'; the verbs are: train, evaluate"),
        (["info"], "cyclemlp: model must be given; --help lists the arguments"),
        (["predict"], "cyclemlp: bundle, inputs must be given; --help lists"),
        (["train"], "cyclemlp: --data must be given; --help lists the arguments"),
        (
            ["evaluate", "run", __file__],
            f"cyclemlp: {__file__} is not the value of a flag; did you mean --data {__file__}?",
        ),
        (["models", "stray"], "cyclemlp: stray is not the value of a flag; --help lists"),
        (["info", "cyclemlp_b9"], "cyclemlp: there is no model 'cyclemlp_b9'"),
        (["predict", "/no/where", "x.png"], "cyclemlp: there is no bundle at /no/where"),
    ],
)
def test_a_mistake_of_the_user_gives_one_line_and_status_2(capsys, words, message):
    status, out, err = run(capsys, *words)
    assert status == 2
    assert not out
    assert err.startswith(message)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyboardInterrupt(), "interrupted; to continue, run: cyclemlp train --data 'my data'"),
        (KeyboardInterrupt("go on with: X"), "interrupted; go on with: X"),
    ],
)
def test_an_interrupt_says_how_to_continue(capsys, monkeypatch, error, message):
    fail_with(monkeypatch, error)
    status, _, err = run(capsys, "train", "--data", "my data")
    assert status == 130
    assert message in err


def test_a_missing_extra_says_what_to_install(capsys, monkeypatch):
    fail_with(monkeypatch, ModuleNotFoundError("", name="lightning.pytorch"))
    status, _, err = run(capsys, "train")
    assert status == 2
    assert (
        err
        == "cyclemlp: this needs lightning, which is not installed: pip install 'cyclemlp[train]'\n"
    )


CORE_ALONE = """
import sys
train = "docstring_parser jsonargparse lightning matplotlib rich sklearn tensorboard torchmetrics"
sys.modules |= dict.fromkeys(train.split())  # None raises on import, as if not installed
import cyclemlp
from cyclemlp.cli.main import main
from cyclemlp.cli.verbs import VERBS
assert main([]) == main(["--version"]) == 0
for verb in VERBS:
    assert main([verb]) == 2, verb
try:
    cyclemlp.train(".", task="classify")
except ModuleNotFoundError as error:
    print(error, file=sys.stderr)
"""


def test_without_the_train_extra_every_verb_says_what_to_install():
    command = [sys.executable, "-c", CORE_ALONE]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = run.stderr.splitlines()
    assert len(lines) == len(VERBS) + 1
    remedy = r"which is not installed: pip install 'cyclemlp\[train\]'"
    needs = rf"(cyclemlp: this|cyclemlp\.train) needs \w+, {remedy}"
    assert [line for line in lines if not re.fullmatch(needs, line)] == []


def test_a_message_about_another_library_is_kept(capsys, monkeypatch):
    fail_with(monkeypatch, ImportError("--data hfds/x needs datasets: pip install datasets"))
    status, _, err = run(capsys, "train")
    assert status == 2
    assert err == "cyclemlp: --data hfds/x needs datasets: pip install datasets\n"


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("", name="cyclemlp.nonsense"),
        ImportError("cannot import name", name="torch"),
    ],
)
def test_an_internal_error_keeps_its_traceback(monkeypatch, error):
    fail_with(monkeypatch, error)
    with pytest.raises(type(error)):
        main(["train"])


def test_a_system_error_names_the_file_first(capsys, monkeypatch, tmp_path):
    fail_with(monkeypatch, FileExistsError(errno.EEXIST, "File exists", "here"))
    assert run(capsys, "train")[2] == "cyclemlp: here: File exists\n"


def test_a_message_of_several_lines_becomes_one(capsys, monkeypatch):
    fail_with(monkeypatch, ValueError("rule\n  received\n"))
    assert run(capsys, "train")[2] == "cyclemlp: rule received\n"
