"""Static files that come inside Python packages: plotly.js, so that nothing is fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import plotly
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PREFIX = "vendor/plotly"
NAMES = ("plotly.min.js",)


class PackagedFinder(BaseFinder):
    """Offers the drawing library of the installed plotly package under ``vendor/plotly/``."""

    def __init__(self, app_names=None, *args, **kwargs) -> None:
        self.folder = Path(plotly.__file__).parent / "package_data"
        self.storage = FileSystemStorage(location=self.folder)
        self.storage.prefix = PREFIX
        super().__init__(*args, **kwargs)

    def check(self, **kwargs) -> list:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs):
        folder, _, name = path.replace("\\", "/").rpartition("/")
        known = folder == PREFIX and name in NAMES and (self.folder / name).is_file()
        found = [str(self.folder / name)] if known else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in NAMES:
            yield name, self.storage
