"""Training: settings, the start of a run, Lightning, and the files of a run."""
