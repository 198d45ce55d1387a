"""The container file: what its build copies, and the command that it runs."""

import json
import re
import tomllib
from pathlib import Path

from cyclemlp.cli.parsing import parse
from cyclemlp.cli.verbs import VERBS

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def copied() -> set[str]:
    """What the build takes from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return {name for line in lines for name in line.split()}


def test_the_build_gets_every_file_that_a_wheel_is_built_from():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = build["project"]
    needed = {"pyproject.toml", "src", project["readme"], *project["license-files"]}
    assert "custom" in build["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
    assert copied() >= needed | {"hatch_build.py"}


def test_the_context_is_what_is_copied():
    lines = (ROOT / ".dockerignore").read_text().split()
    assert {line[1:] for line in lines if line.startswith("!")} == copied()
    assert all((ROOT / name).exists() for name in copied())


def test_the_command_is_one_of_the_command_line():
    (start,), (words,) = (
        re.findall(rf"^{name} (\[.+\])$", DOCKERFILE, re.MULTILINE)
        for name in ("ENTRYPOINT", "CMD")
    )
    verb, *flags = json.loads(words)
    options = parse(VERBS[verb].load(), f"{json.loads(start)[0]} {verb}", ["runs"], flags)
    assert options is not None
    assert (options["host"], options["port"]) == ("0.0.0.0", 8000)
    assert re.search(r"^USER [1-9]", DOCKERFILE, re.MULTILINE)
