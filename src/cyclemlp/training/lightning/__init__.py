"""Everything that runs inside Lightning's loop: module, data, trainer and callbacks."""
