"""Small data sets that this library writes itself."""
