"""All that is worth knowing about the library on one GPU, in one command of at most nine minutes.

`python -m cyclemlp.benchmarking.gpu_check` runs the steps of `steps.py`, in order of worth, while
there is time. `course.py` writes a JSON file after each step, and tables of it in Markdown
(`tables.py`), so that a run that is cut off still counts.
"""
