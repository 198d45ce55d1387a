"""The verbs: typed functions that Python and the command line share.

They are in a package so that `cyclemlp.train` is the function and not a module of this name.
"""
