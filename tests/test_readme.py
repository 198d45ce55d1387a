"""What README.md shows works as it stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from cyclemlp.data.generated.scenes import write_scenes
from cyclemlp.models.zoo import ZOO

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# the commands are the README's; these make them short
SHORT = {"train": ["--epochs", "1", "--image-size", "32", "--optim.warmup-epochs", "0"]}
SHORT_DENSE = {"train": [*SHORT["train"], "--augment.crop", "32", "32", "--batch-size", "2"]}


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def _commands(program: str) -> list[list[str]]:
    lines = "".join(_blocks("sh")).splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))[:1] == [program]]


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The class folders, streets and the large picture of the README, in the working folder."""
    monkeypatch.chdir(tmp_path)
    write_scenes(tmp_path / "streets", train=4, val=2, size=(40, 48))
    Image.new("RGB", (700, 600), "gray").save(tmp_path / "aerial.png")
    for split in ("train", "val"):
        for name, colour in (("cat", "orange"), ("dog", "brown")):
            folder = tmp_path / "photos" / split / name
            folder.mkdir(parents=True)
            for number in range(4):
                Image.new("RGB", (40, 36), colour).save(folder / f"{number}.png")


def test_make_commands_are_targets() -> None:
    commands = _commands("make")
    assert [target for _, target in commands] == ["demo", "test"]
    for command in commands:
        subprocess.run([*command, "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_commands_and_python_run_in_order(photos: None) -> None:
    commands, names = _commands("cyclemlp"), {}
    assert [verb for _, verb, *_ in commands] == ["train", "evaluate", "predict"] * 2
    library, using_a_run = _blocks("python")
    exec(compile(library, "README.md", "exec"), names)  # noqa: S102  the README is ours
    assert [tuple(f.shape[2:]) for f in names["strides_4_to_32"]] == [
        (256 // stride, 192 // stride) for stride in (4, 8, 16, 32)
    ]
    for _, verb, *arguments in commands:
        short = SHORT_DENSE if "small-segment" in arguments else SHORT
        command = [sys.executable, "-m", "cyclemlp", verb, *arguments, *short.get(verb, [])]
        run = subprocess.run(command, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
    exec(compile(using_a_run, "README.md", "exec"), names)  # noqa: S102


def test_links_into_the_repository_exist() -> None:
    links = re.findall(r"\]\(([^)]+)\)|(?:src|srcset)=\"([^\"]+)\"", README)
    local = [link for pair in links for link in pair if link and "://" not in link]
    assert "docs/log.md" in local
    assert [link for link in local if not (ROOT / link).is_file()] == []


def test_model_table_is_the_zoos() -> None:
    rows = re.findall(
        r"^\| `((?:cyclemlp|as_mlp)_\w+)` \| (.*?) \| (.*?) \| (.*?) ?\|", README, re.MULTILINE
    )
    assert {name: tuple(figures) for name, *figures in rows} == {
        entry.name: (
            f"{entry.params_m:.1f}",
            f"{entry.gmacs_224:.1f}",
            "" if entry.top1 is None else f"{entry.top1}",
        )
        for entry in ZOO.values()
    }
