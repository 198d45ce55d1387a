"""What `cyclemlp.train` is made of. Lightning lives here and nowhere else."""
