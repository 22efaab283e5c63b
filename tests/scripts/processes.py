"""Processes as the kernel lists them."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["children", "is_gone", "is_running"]


def children() -> set[int]:
    """Script processes that this process has, zombies of any kind included."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
            command = status.with_name("cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        if int(parent) == os.getpid() and (state == "Z" or b"child.py" in command):
            found.add(int(status.parent.name))
    return found


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def is_running(pid: int) -> bool:
    """Whether it still does something; who adopted it may take its time to reap it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
