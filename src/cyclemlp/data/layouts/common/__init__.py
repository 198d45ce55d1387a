"""Code that layouts of all tasks share: files, split names, EXIF orientation."""
