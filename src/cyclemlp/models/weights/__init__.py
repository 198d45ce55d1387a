"""Reading weight files, the released names, loading them into networks, transfer between tasks."""
