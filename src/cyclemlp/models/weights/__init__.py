"""Weight files into networks: reading, the released names, transfer between tasks, the report."""
