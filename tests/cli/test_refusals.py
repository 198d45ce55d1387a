"""No flag and no settings file is refused in the words of a library."""

import pytest

from .command import run
from .garden import read

SIZE = "must be a whole number, or one or several whole numbers, or null"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--image-size", "wide"], f"--image-size {SIZE}; got wide"),
        (["--image-size", "3", "x"], f"--image-size {SIZE}; got 3 x"),
        (["--image-size", "[1,"], f"--image-size {SIZE}; got [1,"),
        (["--image-size"], f"--image-size needs a value: {SIZE.removeprefix('must be ')}"),
        (["--crop", "3"], "--crop must be two whole numbers; got 3"),
        (["--crop", "3", "4", "5"], "--crop must be two whole numbers; got 3 4 5"),
        (["--on-bad-file", "weep"], "--on-bad-file must be one of stop, skip; got weep"),
        (["--resume=maybe"], "--resume must be true or false; got maybe"),
        (["--optim.lr", "fast"], "--optim.lr must be a number; got fast"),
        (["--warm-up", "1.5"], "--optim.warm-up must be a whole number; got 1.5"),
        (["--optim.lrr", "3"], "there is no flag --optim.lrr; did you mean --optim.lr?"),
        (["--optim.zz", "3"], "no flag --optim.zz; the settings of --optim are: lr, warm-up"),
        (
            ["--optim", "3"],
            "--optim must be settings, each with its name; got 3; give one with --optim.NAME VALUE,"
            " or all of them in a file with --config",
        ),
        (["--model-args", "foo"], "--model-args must be settings, each with its name, or null;"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_the_rule(words, message):
    with pytest.raises(ValueError, match="--") as refused:
        read("plot", "pea", *words)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hue: 3\n", ": there is no setting hue; --print-config prints all of them"),
        ("optim:\n  lrr: 3\n", ": there is no setting optim.lrr; did you mean optim.lr?"),
        ("image-size: 3\n", ": there is no setting image-size; did you mean image_size?"),
        ("1: 3\n", ": there is no setting 1; --print-config prints all of them"),
        ("config: c.yaml\n", ": there is no setting config; --print-config prints all of them"),
        ("optim: 3\n", ": optim must be settings, each with its name, such as optim.lr; got 3"),
        ("optim:\n  lr: fast\n", ": optim.lr must be a number; got 'fast'"),
        ("crop: [1]\n", ": crop must be two whole numbers; got [1]"),
        ("image_size: {a: 1}\n", f": image_size {SIZE}; got {{'a': 1}}"),
        ("- a\n", " must hold settings, one a line, such as epochs: 10; it holds a list; see"),
        ("word\n", " must hold settings, one a line, such as epochs: 10; it holds 'word'; see"),
        ("", " must hold settings, one a line, such as epochs: 10; it holds nothing; see"),
        ("crop: 3\na: [1\nb: 2\n", ", line 3, is not YAML (expected ',' or ']', but got ':'); see"),
        (": : :", ", line 1, is not YAML (expected"),
        (b"\xff\xfe", " is not text in UTF-8; see --print-config"),
    ],
)
def test_a_settings_file_is_named_with_its_fault(tmp_path, content, message):
    file = tmp_path / "c.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match="--config") as refused:
        read("plot", "pea", "--config", str(file))
    assert f"--config {file}{message}" in str(refused.value)


def test_the_flag_is_named_if_the_settings_file_is_right(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("image_size: 64\n")
    with pytest.raises(ValueError, match=f"^--image-size {SIZE}; got wide"):
        read("plot", "pea", "--config", str(file), "--image-size", "wide")


@pytest.mark.parametrize("setting", ["task: [a]", "data: {a: 1}", "task: 3"])
def test_a_task_or_data_set_of_the_wrong_type_is_one_line(capsys, tmp_path, setting):
    (tmp_path / "c.yaml").write_text(f"{setting}\n")
    status, _, err = run(capsys, "train", "--config", str(tmp_path / "c.yaml"), "--data", "x")
    assert status == 2
    assert f"c.yaml: {setting.partition(':')[0]} must be text" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("verb", ["serve", "app"])
@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_does_not_exist_is_refused(capsys, verb, port):
    status, _, err = run(capsys, verb, "nowhere", "--port", port)
    assert status == 2
    assert f"--port must be 0, for any free port, to 65535, got {port}" in err
