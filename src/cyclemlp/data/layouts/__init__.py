"""Layouts of data sets on disk: one file a layout, with shared code in the sub-folders."""
