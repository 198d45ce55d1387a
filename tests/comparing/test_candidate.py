"""Models and weights as a user writes them."""

import pytest

from cyclemlp.comparing.candidate import Candidate, candidates, first_weights


@pytest.mark.parametrize(
    ("name", "model", "arguments"),
    [
        ("resnet18", "resnet18", {}),
        ("hf-hub:owner/name", "hf-hub:owner/name", {}),
        (
            "cyclemlp_nano:mixer=axial:stepsize=5",
            "cyclemlp_nano",
            {"mixer": "axial", "stepsize": 5},
        ),
        ("cyclemlp_nano:stepsize=3x5", "cyclemlp_nano", {"stepsize": [3, 5]}),
        ("cyclemlp_nano:equal_params=false", "cyclemlp_nano", {"equal_params": False}),
    ],
)
def test_a_model_may_have_arguments(name, model, arguments):
    (one,) = candidates([name])
    assert (one.name, one.model, one.model_args) == (name, model, arguments)
    assert not set(one.file_name) & set("/: ")


def test_messages_of_train_name_the_models_arguments_as_compare_takes_them():
    one = Candidate.of("mixer_b16_224:img_size=64")
    found = one.worded("build it with --model-args.img_size when training, or --model-args.a 1")
    assert found == (
        "build it with mixer_b16_224:img_size=VALUE in --models, or mixer_b16_224:a=VALUE in "
        "--models 1"
    )
    assert one.worded("remove it from --model-args") == "remove it from --models"


@pytest.mark.parametrize("names", [[], ["a", "a"], ["mixer=axial"], ["a:mixer=["]])
def test_wrong_models_are_refused(names):
    with pytest.raises(ValueError, match="--models"):
        candidates(names)


def test_weights_are_for_all_models_or_for_one():
    compared = candidates(["a", "a:mixer=axial"])
    assert first_weights(compared, "none") == {"a": "none", "a:mixer=axial": "none"}
    given = ["auto", "a:mixer=axial=runs/x"]
    assert first_weights(compared, given) == {"a": "auto", "a:mixer=axial": "runs/x"}
    with pytest.raises(ValueError, match="no model of --models is 'b'"):
        first_weights(compared, ["b=runs/x"])
