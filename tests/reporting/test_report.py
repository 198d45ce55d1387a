import json
import re

import pytest
from PIL import Image

from cyclemlp.data.report.report import DataReport, SplitReport
from cyclemlp.data.split import Fault
from cyclemlp.reporting import write_report


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "roses & <b>lilies"
    folder.mkdir()
    best = {"epoch": 7, "step": 70, "lr": 1e-4, "train_loss": 0.3, "loss": 0.4, "top1": 0.98765}
    metrics = {"headline": "top1", "best": best, "last": best, "seconds": 12.5, "parameters": 99}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "config.yaml").write_text("data: d\nmodel: m\ntask: classify\noptim:\n  lr: 0.001\n")
    Image.new("RGB", (8, 8)).save(folder / "curves.png")
    return folder


def test_the_page_needs_nothing_but_itself(run):
    page = write_report(run).read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 1
    addresses = re.findall(r'(?:src|href)="([^"]*)"|url\(([^)]*)\)', page)
    assert all(source.startswith("data:") for source, _ in addresses)
    assert "<script" not in page


def test_figures_and_settings_are_on_it(run):
    page = write_report(run).read_text(encoding="utf-8")
    assert "<dt>top1</dt><dd>0.9877</dd>" in page
    assert page.index("<dt>top1</dt>") < page.index("<dt>epoch</dt>")
    assert "<dt>seconds</dt><dd>12.5</dd>" in page
    assert "<th>optim.lr</th><td>0.001</td>" in page
    assert "<h1>m on d</h1>" in page


def test_the_data_table_counts_images_and_not_objects(run):
    split = SplitReport(161, {"cat": 90, "dog": 120}, (Fault("a.png", "empty file", 3),))
    report = DataReport({"train": split})
    (run / "data_report.json").write_text(json.dumps(report.to_dict()))
    page = write_report(run).read_text(encoding="utf-8")
    cells = re.search(r"<tr><td>train</td>(.*)</tr>", page)
    assert cells is not None
    assert re.findall(r"number\">(\d+)<", cells[1]) == ["160", "2", "1"]


def test_names_are_escaped(run):
    rows = [{"class": "<script>alert(1)</script>", "precision": 1.0, "recall": 0.5, "count": 3}]
    (run / "evaluation.json").write_text(json.dumps({"per_class": rows}))
    page = write_report(run).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>lilies" not in page
    assert "&lt;script&gt;" in page


def test_many_classes_show_the_weakest(run):
    rows = [{"class": f"c{i}", "recall": i / 1000, "count": 1} for i in range(1000)][::-1]
    (run / "evaluation.json").write_text(json.dumps({"per_class": rows}))
    page = write_report(run).read_text(encoding="utf-8")
    assert "The 50 of 1000 with the lowest recall." in page
    assert page.index("<td>c0</td>") < page.index("<td>c49</td>")
    assert "<td>c50</td>" not in page


def test_a_folder_that_is_no_runs(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"metrics\.json"):
        write_report(tmp_path)
