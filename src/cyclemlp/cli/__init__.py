"""The ``cyclemlp`` command."""
