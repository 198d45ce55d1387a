import json

from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.report import DataReport

from .opened import opened


def test_the_report_round_trips_through_json(damaged):
    report = inspect_splits(opened(damaged))
    again = DataReport.from_dict(json.loads(json.dumps(report.to_dict())))
    assert again == report
    assert not again.ok
