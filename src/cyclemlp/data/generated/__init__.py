"""Small data sets that are written by this library."""
