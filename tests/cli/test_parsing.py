from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from cyclemlp.cli.parsing import parse

from .garden import Optim, grow, read


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
        (["--warm-up", "7"], "optim", Optim(warm_up=7)),
        (["--model-args.stepsize", "7"], "model_args", {"stepsize": 7}),
    ],
)
def test_every_spelling_of_a_flag_is_read(words, name, value):
    assert read("plot", "pea", *words)[name] == value
    assert read("plot", "pea", *words)["seeds"] == ["pea"]


@dataclass(frozen=True)
class _Words:
    words: list[str]


def _compare(models: list[str] | None = None) -> _Words:
    """Compare.

    Args:
        models: what.
    """
    return _Words(models or [])


@pytest.mark.parametrize(
    "models", [["a:depths=[1,1]:heads=[2,2]", "b"], ["a:depths=[1,1]"], ["a:b={c: 1}", "d"]]
)
def test_a_list_within_a_word_is_part_of_the_word(models):
    options = parse(_compare, "cyclemlp compare", (), ["--models", *models])
    assert options is not None
    assert options["models"] == models


def test_flags_override_a_config_file(tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("image_size: 64\noptim:\n  lr: 0.5\n  warm_up: 9\n")
    file, flag = ["--config", str(config)], ["--optim.lr", "0.25"]
    for words in ([*file, *flag], [*flag, *file]):  # wherever they stand
        options = read("plot", "pea", *words)
        assert options["image_size"] == 64
        assert options["optim"] == Optim(lr=0.25, warm_up=9)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--imagesize", "3"], r"there is no flag --imagesize; did you mean --image-size\?"),
        (["--optim.lrr", "3"], r"no flag --optim\.lrr; did you mean --optim\.lr\?"),
        (["--worm-up", "3"], r"no flag --worm-up; did you mean --optim\.warm-up\?"),
        (["--zzz"], "no flag --zzz; --help lists all flags"),
        (["--config", "nowhere"], "nowhere is neither a file nor a shipped recipe; .*imagenet"),
    ],
)
def test_a_message_names_the_wrong_flag(words, message):
    with pytest.raises((ValueError, FileNotFoundError), match=f"(?s){message}"):
        read("plot", "pea", *words)


def test_help_shows_dashes_and_the_docstring(capsys):
    assert parse(grow, "cyclemlp grow", ("garden", "seeds"), ["--help"]) is None
    text = capsys.readouterr().out
    assert "Grow a garden." in text
    assert "--on-bad-file {stop,skip}" in text
    assert "--optim.warm-up" in text
    assert "on_bad" not in text
    assert "what, one or more" in text


@dataclass(frozen=True)
class Soil:
    """What it grows in.

    Args:
        depth: in cm.
        clay: share.
    """

    depth: int = 10
    clay: float = 0.5


def test_settings_by_task_reach_the_function_as_a_dict_of_changes(tmp_path):
    def dig(task: str = "bed", task_args: dict[str, Any] | None = None) -> None:
        """Dig.

        Args:
            task: which.
            task_args: settings.
        """

    def soil(given: dict[str, str]) -> dict[str, Any]:
        return {"task_args": Soil(clay=len(given.get("task", "bed")) / 10)}

    def settings(*words):
        return parse(dig, "dig", (), words, soil)

    config = tmp_path / "c.yaml"
    config.write_text("task_args: null\n")  # of a run that was started from Python
    for words, expected in (
        ([], {}),
        (["--depth", "20"], {"depth": 20}),
        (["--task-args.depth", "20", "--clay", "0.3"], {"depth": 20}),
        (["--task", "garden", "--clay", "0.3"], {"clay": 0.3}),
        (["--config", str(config)], {}),
    ):
        options = settings(*words)
        assert options is not None
        assert options["task_args"] == expected


def test_a_positional_list_with_a_default_may_be_empty():
    def show(files: Sequence[str] = ()) -> None:
        """Show files.

        Args:
            files: names.
        """

    for words, files in (([], ()), (["a", "b"], ["a", "b"])):
        options = parse(show, "show", ["files"], words)
        assert options is not None
        assert options["files"] == files


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ([], False),
        (["--tools"], True),
        (["--tools", "false"], False),
        (["--tools", "spade"], ["spade"]),
        (["--tools", "spade", "rake"], ["spade", "rake"]),
    ],
)
def test_a_flag_of_a_list_may_be_given_without_one(words, value):
    def dig(tools: list[str] | bool = False) -> None:
        """Dig.

        Args:
            tools: names.
        """

    options = parse(dig, "dig", (), words)
    assert options is not None
    assert options["tools"] == value
