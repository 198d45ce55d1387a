"""The cost of models against the image size."""

import json

import pytest

from cyclemlp.benchmarking.published import OTHERS, published, published_top1
from cyclemlp.comparing.cost_only import run
from cyclemlp.comparing.cost_only.systems import SYSTEMS
from cyclemlp.verbs.compare import compare

_MODELS = ["cyclemlp_nano", "cyclemlp_nano:mixer=spatial:img_size=64:equal_params=false"]


@pytest.fixture(scope="module")
def costs(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_SECONDS", 0.0)
        folder = tmp_path_factory.mktemp("costs")
        return compare(
            _MODELS, sizes=[64, 32, 128], cost_only=True, output=str(folder), accelerator="cpu"
        )


def test_sizes_are_tried_and_a_refused_one_is_built_for(costs):
    taken = {(point.model, point.size): point.accepts for point in costs.points}
    assert taken == {
        **{(_MODELS[0], size): True for size in (32, 64, 128)},
        **{(_MODELS[1], size): size == 64 for size in (32, 64, 128)},
    }
    assert any("64x64 pixels; received 32x32" in line for line in costs.refusals)
    spatial = {point.size: point.parameters for point in costs.of(_MODELS[1])}
    assert spatial[128] > spatial[64] > spatial[32]


def test_a_cycle_fc_costs_linearly_in_the_pixels(costs):
    found = costs.exponents(_MODELS[0])
    assert found["parameters"] == pytest.approx(0, abs=1e-9)
    assert found["gmacs"] == pytest.approx(1, abs=0.02)


def test_files_are_written(costs):
    content = json.loads((costs.folder / "cost.json").read_text())
    assert content["models"]["cyclemlp_nano"]["accepts"] == [32, 64, 128]
    assert len((costs.folder / "cost.csv").read_text().splitlines()) == 7
    assert {"growth.png", "growth.svg"} <= set(costs.files)
    page = (costs.folder / "report.html").read_text()
    assert 'src="data:image/png' in page
    with pytest.raises(FileExistsError, match="--overwrite"):
        compare(_MODELS, cost_only=True, output=str(costs.folder))


def test_a_wrong_name_is_refused_before_measuring(tmp_path):
    with pytest.raises(ValueError, match="there is no model 'cyclemlp_b9'"):
        compare(["cyclemlp_b1", "cyclemlp_b9"], cost_only=True, output=str(tmp_path))


def test_each_compared_system_has_a_published_accuracy_with_its_source():
    for name in SYSTEMS:
        top1, source = published(name)
        assert top1 is not None
        assert "al., " in source
    assert all(published_top1(name, (224, 224)) for name in OTHERS)
    assert published_top1("resnet50", (256, 256)) is None


def test_training_needs_models_and_data():
    with pytest.raises(ValueError, match="--models and --data are needed"):
        compare(["cyclemlp_nano"])
