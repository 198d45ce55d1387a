"""What verbs and runs share: flag checks, devices, output folders, progress bars, tables."""
