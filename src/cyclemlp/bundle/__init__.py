"""A trained network in a folder, and predictions from it."""
