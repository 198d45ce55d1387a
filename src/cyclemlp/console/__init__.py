"""Shared by verbs and training runs: flags, devices, output folders, progress bars, tables."""
