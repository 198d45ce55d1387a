"""What the command line imports before it answers."""

import json
import subprocess
import sys

import pytest

from cyclemlp.cli.verbs import VERBS

HEAVY = {"torch", "torchvision", "timm", "lightning"}
MAIN = """
import json, sys, time
from cyclemlp.cli.main import main
status = main(sys.argv[1:])
print(json.dumps([status, time.process_time(), sorted(sys.modules)]), file=sys.stderr)
"""


def started(*words):
    """Run the command in a new interpreter; return status, the processor's seconds and modules."""
    command = [sys.executable, "-c", MAIN, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    status, seconds, modules = json.loads(done.stderr.splitlines()[-1])
    return status, seconds, set(modules)


@pytest.mark.parametrize(
    ("words", "status"), [(["--help"], 0), ([], 0), (["--version"], 0), (["inof"], 2)]
)
def test_the_first_answers_import_no_heavy_library(words, status):
    found, seconds, modules = started(*words)
    assert found == status
    assert not modules & {*HEAVY, "jsonargparse", "numpy"}
    assert seconds < 0.5


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_imports_no_heavy_library(verb):
    status, seconds, modules = started(verb, "--help")
    assert status == 0
    assert not modules & HEAVY
    assert seconds < 2


@pytest.mark.parametrize(
    "words",
    [
        "train --data /no/where",
        "train --task segment --data /no/where",
        "train --data . --lr -1",
        "train --data . --task no",
        "train --data . --epohcs 3",
        "train --data . --config no-recipe",
        "train --data . --task segment --augment.crop 3",
        "evaluate . --data /no/where",
        "evaluate /no/where --data .",
        "predict /no/where image.png",
        "benchmark --seconds -1",
    ],
)
def test_an_error_in_flags_or_paths_comes_before_heavy_libraries(words):
    status, _, modules = started(*words.split())
    assert status == 2
    assert not modules & HEAVY


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("predict . image.png", "predictions.jsonl"),
        ("evaluate . --data .", "metrics.json"),
        ("explain . image.png", "explanations.jsonl"),
        ("export .", "config.json"),
    ],
)
def test_a_folder_with_results_is_refused_before_heavy_libraries(words, result, tmp_path):
    (tmp_path / result).touch()
    status, _, modules = started(*words.split(), "--output", str(tmp_path))
    assert status == 2
    assert not modules & HEAVY
