"""The command, run in the calling process."""

from cyclemlp.cli.main import main
from cyclemlp.cli.verbs import Verb


def run(capsys, *words):
    status = main(words)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def fail_with(monkeypatch, error):
    def load(verb):
        raise error

    monkeypatch.setattr(Verb, "load", load)
