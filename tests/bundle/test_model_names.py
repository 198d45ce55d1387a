import pytest

from cyclemlp.bundle.model_names import named_bundles

from .bundles import make_bundle


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for place in ("digits/run/bundle", "ants"):
        make_bundle().save_pretrained(folder / place)
    return folder


def test_a_name_is_the_folders_that_says_most(runs):
    found = named_bundles([str(runs / "digits/run"), str(runs / "ants"), f"a.b={runs / 'ants'}"])
    assert list(found) == ["digits", "ants", "a.b"]
    assert found["digits"] == runs / "digits/run/bundle"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{}/ants", "{}/ants"], "both 'ants'; give NAME=FOLDER"),
        (["a b={}/ants"], "got 'a b'"),
    ],
)
def test_names_that_cannot_be_used_are_refused(runs, words, message):
    with pytest.raises(ValueError, match=message):
        named_bundles([word.format(runs) for word in words])
