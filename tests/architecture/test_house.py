"""The layout of the house: what may stand at the top, and that lines and files stay within bounds."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = {
    "manage.py", "pyproject.toml", "README.md", "tsweb", "apps", "templates", "static", "tests",
    "Makefile", "LICENSE", "requirements.lock", "requirements-dev.lock",
}


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


def test_nothing_else_stands_at_the_top() -> None:
    names = {name.split("/")[0] for name in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_no_module_is_called_utils_or_common() -> None:
    shelves = [name for name in tracked() if Path(name).stem in {"utils", "common", "helpers", "misc"}]
    assert shelves == []


def test_every_dependency_is_named_in_the_readme() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    readme = (ROOT / "README.md").read_text().lower()
    names = [name.split("[")[0].split(">")[0].split("=")[0].lower() for name in wanted]
    assert [name for name in names if f"| `{name}`" not in readme] == []
