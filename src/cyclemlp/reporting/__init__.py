"""Pictures and pages of runs and evaluations."""

from cyclemlp.reporting.confusion import confusion_matrix
from cyclemlp.reporting.curves import curves
from cyclemlp.reporting.report import write_report
from cyclemlp.reporting.run import illustrate
from cyclemlp.reporting.samples import sample_grid

__all__ = ["confusion_matrix", "curves", "illustrate", "sample_grid", "write_report"]
