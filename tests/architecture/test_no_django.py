"""The engine is plain Python: importing it must load neither Django nor DRF."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PURE_PACKAGES = [
    "apps/spans.py", "apps/errors.py", "apps/algebra", "apps/relations", "apps/dialects", "apps/figures",
    "apps/scripts",
]  # fmt: skip
PURE_MODULES = ["apps.store.codec", "apps.tasks.schedule"]


def modules_of(path: str) -> list[str]:
    root = ROOT / path
    files = [root] if root.is_file() else sorted(root.rglob("*.py"))
    names = []
    for file in files:
        parts = file.relative_to(ROOT).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


@pytest.mark.parametrize("package", [*PURE_PACKAGES, *PURE_MODULES])
def test_importing_loads_no_django(package: str) -> None:
    names = modules_of(package) if package.startswith("apps/") else [package]
    assert names, f"{package} has no modules"
    script = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'rest_framework')][:5])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
