"""``make test``: the import contracts, then the suite, in parallel and in random order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    bin_dir = Path(sys.executable).parent
    contracts = subprocess.run([bin_dir / "lint-imports"], cwd=ROOT, check=False)
    style = subprocess.run([bin_dir / "ruff", "check", "."], cwd=ROOT, check=False)
    workers = str(max(2, min(8, os.cpu_count() or 2)))
    suite = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", workers, "--dist", "loadgroup", *sys.argv[1:]],
        cwd=ROOT,
        check=False,
    )
    return contracts.returncode or style.returncode or suite.returncode


if __name__ == "__main__":
    sys.exit(main())
