import json

import pytest

from cyclemlp.bundle.bundle import Bundle


def edit(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_damaged_config_is_refused(saved):
    (saved / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"config\.json is not JSON"):
        Bundle.from_pretrained(saved)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 99}, r"format version 99, and this cyclemlp reads up to 1; upgrade"),
        ({"task": "count"}, r"config\.json: there is no task 'count'; the tasks of this version"),
        ({"task_args": {"top": 1}}, r"config\.json: task 'classify' has no setting 'top'"),
        ({"task_args": {"top_k": 0}}, r"config\.json: .*top_k.*upgrade with"),
        (
            {"architecture": "cyclemlp_b9"},
            r"config\.json: .*no model 'cyclemlp_b9'.*did you mean",
        ),
        ({"model_args": {"nonsense": 1}}, r"config\.json: .*takes no argument 'nonsense'"),
        ({"classes": ["ant", "bee"]}, r"trained for 3 classes and .*config\.json names 2"),
        (
            {"architecture": "test_vit"},
            r"do not fit test_vit with 3 classes: .*missing \(.*unexpected \(",
        ),
    ],
)
def test_an_unusable_config_is_refused_with_the_reason(saved, changes, message):
    edit(saved, **changes)
    with pytest.raises(ValueError, match=message):
        Bundle.from_pretrained(saved)


def test_a_config_of_another_library_is_refused(saved):
    (saved / "config.json").write_text('{"architecture": "resnet18"}')
    with pytest.raises(
        ValueError, match="has no format_version; give a folder that cyclemlp wrote"
    ):
        Bundle.from_pretrained(saved)


def test_an_incomplete_config_is_refused(saved):
    content = json.loads((saved / "config.json").read_text())
    del content["classes"]
    (saved / "config.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"config\.json lacks classes"):
        Bundle.from_pretrained(saved)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": "1"}, "format_version is a whole number, got '1'"),
        ({"format_version": True}, "format_version is a whole number, got True"),
        ({"task": 3}, "task is text, got 3"),
        ({"architecture": None}, "architecture is text, got None"),
        ({"classes": "ab"}, "classes is a list of names, got 'ab'"),
        ({"classes": [1, 2, 3]}, r"classes is a list of names, got \[1, 2, 3\]"),
        ({"model_args": 3}, "model_args is an object, got 3"),
        ({"task_args": [3]}, r"task_args is an object, got \[3\]"),
        ({"colors": [[1, 2]]}, r"colors is a list of \[red, green, blue\]"),
        ({"preprocessing": None}, "preprocessing is an object, got None"),
        ({"preprocessing": {}}, r"its preprocessing cannot be used \(.*image_size"),
        (
            {"preprocessing": {"image_size": [64, 64], "mean": 3}},
            "its preprocessing cannot be used",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_the_file(saved, changes, message):
    edit(saved, **changes)
    with pytest.raises(ValueError, match=rf"config\.json: {message}.*; save the bundle again"):
        Bundle.from_pretrained(saved)
