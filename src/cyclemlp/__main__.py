"""``python -m cyclemlp`` is the ``cyclemlp`` command."""

import sys

from cyclemlp.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
