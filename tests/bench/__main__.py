"""``make bench``: every module here that has ``rows()`` is measured in turn, and one table printed.

Timings are never assertions of the test-suite: machines differ. The exit status tells whether all rows were
reached here and now. Names given on the command line choose modules: ``make bench``, or
``python -m tests.bench store_read algebra_rate``.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import tempfile

import tests.bench
from tests.bench.table import Row, render


def main(chosen: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsweb.settings")
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="tsweb-bench-") as data_dir:
        os.environ["TSWEB_DATA_DIR"] = data_dir
        for module in pkgutil.iter_modules(tests.bench.__path__):
            if module.name in {"table", "__main__"} or (chosen and module.name not in chosen):
                continue
            loaded = importlib.import_module(f"tests.bench.{module.name}")
            if hasattr(loaded, "rows"):
                print(f"measuring {module.name} …", file=sys.stderr, flush=True)
                found.extend(loaded.rows())
    print(render(found))
    missed = [row.name for row in found if not row.reached]
    if missed:
        print(f"\nnot reached: {'; '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
