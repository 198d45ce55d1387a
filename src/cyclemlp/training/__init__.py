"""What `cyclemlp.train` is made of. Lightning lives here and in ``train.py``, nowhere else."""
