"""The operator and its parts in ordinary torch operators, arranged to be fast."""
