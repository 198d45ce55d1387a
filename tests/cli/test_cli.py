import errno
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from cyclemlp.cli import main as cli
from cyclemlp.cli.flags import parse, recipe_files
from cyclemlp.models.zoo import ZOO
from cyclemlp.verbs.info import info

from ..bundle.bundles import make_bundle


@dataclass(frozen=True)
class Optim:
    """How to step.

    Args:
        lr: step size.
        warm_up: epochs.
    """

    lr: float = 0.1
    warm_up: int = 2


@dataclass(frozen=True)
class Result:
    values: dict[str, Any] = field(default_factory=dict)

    def to_dict(self):
        return self.values


def grow(
    garden: str,
    seeds: list[str],
    image_size: int | list[int] | None = None,
    crop: tuple[int, int] = (1, 2),
    on_bad_file: Literal["stop", "skip"] = "stop",
    resume: bool = False,
    model_args: dict[str, Any] | None = None,
    optim: Optim = Optim(),
) -> Result:
    """Grow a garden.

    Args:
        garden: where.
        seeds: what, one or more.
        image_size: sides.
        crop: height and width.
        on_bad_file: what to do.
        resume: go on.
        model_args: further ones.
        optim: steps.
    """
    return Result(locals())


def read(*words):
    options = parse(grow, "cyclemlp grow", ("garden", "seeds"), words)
    assert options is not None
    return options


def run(capsys, *words):
    status = cli.main(words)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    make_bundle().save_pretrained(folder)
    return str(folder)


def test_positionals_and_defaults():
    options = read("plot", "pea", "bean")
    assert options.pop("json") is False
    assert options == {
        "garden": "plot",
        "seeds": ["pea", "bean"],
        "image_size": None,
        "crop": (1, 2),
        "on_bad_file": "stop",
        "resume": False,
        "model_args": None,
        "optim": Optim(),
    }


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["--on-bad-file", "skip"], "on_bad_file", "skip"),
        (["--on_bad_file=skip"], "on_bad_file", "skip"),
        (["--image-size", "128"], "image_size", 128),
        (["--image-size", "128", "160"], "image_size", [128, 160]),
        (["--image-size=[128,160]"], "image_size", [128, 160]),
        (["--image-size", "null"], "image_size", None),
        (["--crop", "3", "4"], "crop", (3, 4)),
        (["--resume"], "resume", True),
        (["--resume", "false"], "resume", False),
        (["--optim.warm-up", "7"], "optim", Optim(warm_up=7)),
        (["--model-args.stepsize", "7"], "model_args", {"stepsize": 7}),
    ],
)
def test_flags_however_they_are_spelled(words, name, value):
    assert read("plot", "pea", *words)[name] == value
    assert read("plot", "pea", *words)["seeds"] == ["pea"]


def test_a_config_file_and_flags_over_it(tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("image_size: 64\noptim:\n  lr: 0.5\n  warm_up: 9\n")
    options = read("plot", "pea", "--config", str(config), "--optim.lr", "0.25")
    assert options["image_size"] == 64
    assert options["optim"] == Optim(lr=0.25, warm_up=9)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--imagesize", "3"], r"there is no flag --imagesize; did you mean --image-size\?"),
        (["--optim.lrr", "3"], r"no flag --optim\.lrr; did you mean --optim\.lr\?"),
        (["--zzz"], "no flag --zzz; --help lists those there are"),
        (["--image-size"], "--image-size needs a value"),
        (["--image-size", "wide"], "--image-size"),
        (["--on-bad-file", "weep"], r"--on-bad-file.*'stop', 'skip'.*weep"),
        (["--optim.lr", "fast"], r"--optim\.lr.*float.*fast"),
        (["--config", "nowhere"], "nowhere is neither a file nor a shipped recipe; .*imagenet"),
    ],
)
def test_what_is_wrong_is_named_by_its_flag(words, message):
    with pytest.raises((ValueError, FileNotFoundError), match=f"(?s){message}"):
        read("plot", "pea", *words)


def test_a_config_with_an_unknown_setting_names_it(tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("hue: 3\n")
    with pytest.raises(ValueError, match=r"--config .*c\.yaml: Option 'hue' is not accepted"):
        read("plot", "pea", "--config", str(config))
    config.write_text(": : :")
    with pytest.raises(ValueError, match=r"--config .*c\.yaml: Problems parsing"):
        read("plot", "pea", "--config", str(config))


@pytest.mark.parametrize("content", [b": : :", b"\xff\xfe"])
def test_a_config_that_is_not_yaml_is_one_line(capsys, tmp_path, content):
    (tmp_path / "c.yaml").write_bytes(content)
    status, _, err = run(capsys, "train", "--config", str(tmp_path / "c.yaml"), "--data", "x")
    assert status == 2
    assert f"--config {tmp_path / 'c.yaml'} is not YAML: " in err
    assert err.count("\n") == 1


def test_recipes_are_found_by_name():
    assert {"imagenet", "small", "finetune"} <= {path.stem for path in recipe_files()}


def test_help_shows_dashes_and_the_docstring(capsys):
    assert parse(grow, "cyclemlp grow", ("garden", "seeds"), ["--help"]) is None
    text = capsys.readouterr().out
    assert "Grow a garden." in text
    assert "--on-bad-file {stop,skip}" in text
    assert "--optim.warm-up" in text
    assert "on_bad" not in text
    assert "what, one or more" in text


def test_every_verb_has_a_summary_and_help(capsys):
    status, out, _ = run(capsys, "--help")
    assert status == 0
    for verb in cli.VERBS:
        assert f"  {verb}" in out
    for verb in ("evaluate", "predict", "info", "models"):
        status, out, _ = run(capsys, verb, "--help")
        assert status == 0
        assert cli.VERBS[verb].summary() in " ".join(out.split())


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
def test_of_several_processes_the_first_one_prints(capsys, monkeypatch, variable, value, silent):
    monkeypatch.setenv(variable, value)
    for words in (["models"], ["models", "--json"]):
        status, out, _ = run(capsys, *words)
        assert status == 0
        assert (out == "") == silent


def test_models_shows_accuracies(capsys):
    status, out, _ = run(capsys, "models")
    assert status == 0
    rows = out.splitlines()[1:]
    assert len(rows) == len(ZOO)  # not folded: `cyclemlp models | grep b5` finds it all
    assert next(row for row in rows if row.startswith("cyclemlp_b5")).split()[3] == "83.2"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["inof"], "cyclemlp: there is no verb 'inof'; did you mean info?"),
        (["xyzzy"], "cyclemlp: there is no verb 'xyzzy'; the verbs are: train, evaluate"),
        (["info"], "cyclemlp: model must be given; --help lists the arguments"),
        (["predict"], "cyclemlp: bundle, inputs must be given; --help lists"),
        (["train"], "cyclemlp: --data must be given; --help lists the arguments"),
        (["models", "stray"], "cyclemlp: stray belongs to no flag; --help lists"),
        (["info", "cyclemlp_b9"], "cyclemlp: there is no model 'cyclemlp_b9'"),
        (["predict", "/no/where", "x.png"], "cyclemlp: there is no bundle at /no/where"),
    ],
)
def test_a_users_mistake_is_one_line_and_status_2(capsys, words, message):
    status, out, err = run(capsys, *words)
    assert status == 2
    assert not out
    assert err.startswith(message)
    assert err.count("\n") == 1


def fail_with(monkeypatch, error):
    def load(verb):
        raise error

    monkeypatch.setattr(cli.Verb, "load", load)


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
        err == "cyclemlp: this needs lightning, which is not here: pip install 'cyclemlp[train]'\n"
    )


CORE_ALONE = """
import sys
train = "docstring_parser jsonargparse lightning matplotlib rich sklearn tensorboard torchmetrics"
sys.modules |= dict.fromkeys(train.split())  # None: as if they were not installed
import cyclemlp
from cyclemlp.cli.main import VERBS, main
assert main([]) == main(["--version"]) == 0
for verb in VERBS:
    assert main([verb]) == 2, verb
try:
    cyclemlp.train
except ModuleNotFoundError as error:
    print(error, file=sys.stderr)
"""


def test_without_the_train_extra_every_verb_says_what_to_install():
    command = [sys.executable, "-c", CORE_ALONE]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = run.stderr.splitlines()
    assert len(lines) == len(cli.VERBS) + 1
    remedy = r"which is not here: pip install 'cyclemlp\[train\]'"
    needs = rf"(cyclemlp: this|cyclemlp\.train) needs \w+, {remedy}"
    assert [line for line in lines if not re.fullmatch(needs, line)] == []


def test_a_library_of_no_extra_is_told_in_its_own_words(capsys, monkeypatch):
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
def test_a_bug_keeps_its_traceback(monkeypatch, error):
    fail_with(monkeypatch, error)
    with pytest.raises(type(error)):
        cli.main(["train"])


def test_the_systems_error_names_the_file_first(capsys, monkeypatch, tmp_path):
    fail_with(monkeypatch, FileExistsError(errno.EEXIST, "File exists", "here"))
    assert run(capsys, "train")[2] == "cyclemlp: here: File exists\n"


def test_a_message_of_several_lines_becomes_one(capsys, monkeypatch):
    fail_with(monkeypatch, ValueError("rule\n  received\n"))
    assert run(capsys, "train")[2] == "cyclemlp: rule received\n"


def test_the_module_runs_as_the_command(bundle, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    command = [sys.executable, "-m", "cyclemlp", "predict", bundle, str(tmp_path / "bad.png")]
    done = subprocess.run(
        [*command, "--output", str(tmp_path / "out"), "--workers", "0"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "unusable" in done.stdout
    assert f"1 file, 1 of them unusable; all are in {tmp_path}/out/predictions.jsonl" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""  # no bar, and nothing left of one
