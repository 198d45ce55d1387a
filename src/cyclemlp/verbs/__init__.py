"""The verbs: one typed function each, which Python and the command line share.

A package of its own, so that `cyclemlp.train` is the function and never a module of that name.
"""
