"""A live server with the bundled examples, and a browser that watches what pages do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.waiting import PATIENCE_MS
from tests.live import LiveServer, live_server

# Patience costs nothing while all is well; a busy machine needs it.
expect.set_options(timeout=PATIENCE_MS)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Watch:
    """What no page may do: report an error, break the policy, or talk to another host."""

    origin: str
    faults: list[str] = field(default_factory=list)

    def attach(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("console", self._heard)
        page.on("request", self._asked)

    def _heard(self, message) -> None:
        # The browser logs refused saves by itself; those are answers, not faults of the page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _asked(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws"} and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.faults.append(f"left the origin: {request.url}")


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("site"), TSWEB_WORKERS="1") as server:
        yield server


# Not for the session: while Playwright's loop runs, Django refuses database calls in the same process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs a browser: install the Debian package chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def open_page(site: LiveServer, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a context of its own; at the end nothing forbidden may have happened."""
    watch = Watch(site.url)
    contexts = []

    def opened(
        path: str = "/", *, width: int = 1440, height: int = 900, theme: str = "light", **more
    ) -> Page:
        context = browser.new_context(
            base_url=site.url, viewport={"width": width, "height": height}, color_scheme=theme, **more
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        watch.attach(page)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert watch.faults == []


@pytest.fixture
def signed_in(site: LiveServer, open_page: Callable[..., Page]) -> Page:
    page = open_page("/sign-in/")
    page.get_by_label("User name").fill(site.user)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page
