import os

from cyclemlp.verbs.app import demo_runs


def test_the_newest_demo_with_bundles_is_used(tmp_path):
    assert demo_runs(tmp_path) == []
    for age, name in enumerate(("demo-3", "demo", "demo-2")):
        folder = tmp_path / name
        for task in ("segment", "classify"):
            place = folder / task / "run" / ("checkpoints" if name == "demo-3" else "bundle")
            place.mkdir(parents=True)
        os.utime(folder, (1000 - age, 1000 - age))
    newest = tmp_path / "demo"
    assert demo_runs(tmp_path) == [str(newest / task / "run") for task in ("classify", "segment")]
