from cyclemlp.cli.verbs import VERBS

from .command import run


def test_every_verb_has_a_summary_and_help(capsys):
    status, out, _ = run(capsys, "--help")
    assert status == 0
    for verb in VERBS:
        assert f"  {verb}" in out
    for verb in ("evaluate", "predict", "info", "models"):
        status, out, _ = run(capsys, verb, "--help")
        assert status == 0
        assert VERBS[verb].summary() in " ".join(out.split())
