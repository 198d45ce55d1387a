"""Layouts of data sets on disk: one file a layout, and what several of them share."""
