"""The content security policy holds on every page: no script but our own files, and nothing breaks it."""

from __future__ import annotations

import pytest

from tests.browser.waiting import settled

pytestmark = pytest.mark.xdist_group("browser")

PAGES = (
    "/",
    "/dashboards/records/",
    "/lab/",
    "/lab/gallery/",
    "/explore/",
    "/reference/",
    "/admin/",
    "/admin/catalog/metric/",
    "/api/docs/",
    "/nowhere/",
)


def test_no_page_allows_or_needs_inline_scripts_or_eval(signed_in):
    # What a page does against its policy is told on the console, which every browser test listens to.
    for path in PAGES:
        policy = signed_in.goto(path).headers["content-security-policy"]
        rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert "unsafe" not in rules["script-src"], path
        assert rules["default-src"] == "'none'", path
        settled(signed_in)
        assert signed_in.locator("script:not([src])").count() == 0, path
