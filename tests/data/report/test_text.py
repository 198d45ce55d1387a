from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.text import report_text

from .opened import opened


def test_the_text_names_faults_notes_and_ignored_files(damaged):
    splits = opened(damaged)
    splits["train"].notes = ("read from elsewhere",)
    text = report_text(inspect_splits(splits))
    assert f"  unusable: {damaged}/train/cat/1.png: empty file" in text
    assert "  ignored: 1 hidden, system or other files" in text
    assert "  note: read from elsewhere" in text


def test_many_classes_are_summarized(folders):
    classes = ["cat", "dog", *(f"bird {number}" for number in range(30))]
    report = inspect_splits({"val": ClassFolder(folders / "val", "val", classes)})
    text = report_text(report)
    assert "  0 to 2 images a class\n  none of: 'bird 0', 'bird 1', 'bird 2'" in text
