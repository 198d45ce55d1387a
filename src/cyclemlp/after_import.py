"""Imports that follow the import of another library.

`import cyclemlp` registers the models with timm and the operators with torch. Importing these
libraries takes seconds, which the command line's help and errors need not wait for. So the
registration waits until the program imports them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


def import_after(library: str, module: str) -> None:
    """Import `module` as soon as `library` is imported; now, if it is imported already.

    Args:
        library: name of a top-level package.
        module: name of a module that needs it.
    """
    if sys.modules.get(library) is not None:
        import_module(module)
    else:
        sys.meta_path.insert(0, _Finder(library, module))


class _Finder(MetaPathFinder):
    """Finds the library as the other finders do, and has its loader import the module after it."""

    def __init__(self, library: str, module: str) -> None:
        self._library, self._module = library, module
        self._searching = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the library's spec; None for all other modules, which other finders find."""
        if fullname != self._library or self._searching:
            return None
        self._searching = True  # the other finders are asked through the same function
        try:
            spec = find_spec(fullname)
        finally:
            self._searching = False
        if spec is not None and spec.loader is not None:
            self._follow(spec.loader)
        return spec

    def _follow(self, loader: Loader) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            import_module(self._module)

        loader.exec_module = exec_module
