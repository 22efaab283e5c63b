"""Waiting for what the page says of itself: never for a time by our clock, which a busy machine stretches."""

from __future__ import annotations

import time
from typing import NamedTuple

from playwright.sync_api import Locator, Page

PATIENCE_S = 60.0
PATIENCE_MS = PATIENCE_S * 1000

# The page's own timers (60 to 260 ms) stand in the same queue as this pause, so each of them has had its turn
# when it ends; what they began is told by aria-busy, what they drew by data-drawn.
_SETTLED = """async patience_ms => {
    const began = performance.now();
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const pause = () => new Promise((done) => setTimeout(done, 280));
    const told = () => JSON.stringify([
        document.readyState,
        [...document.querySelectorAll('[aria-busy=true]')].map((one) => one.id || one.className),
        [...document.querySelectorAll('[data-drawn]')].map((one) => one.dataset.drawn),
    ]);
    for (;;) {
        const before = told();
        await frame();
        await frame();
        await pause();
        if (told() === before && before.startsWith('["complete",[],')) return;
        if (performance.now() - began > patience_ms) throw new Error('the page does not settle: ' + before);
    }
}"""


class Box(NamedTuple):
    """Where something stands on the page, in pixels."""

    x: float
    y: float
    width: float
    height: float


def settled(page: Page) -> None:
    """Wait until nothing is asked for, drawn, or put off any more."""
    page.evaluate(_SETTLED, PATIENCE_MS)


def drawn(page: Page, times: int = 1) -> None:
    """Wait until some board was drawn that often."""
    page.wait_for_function(
        """times => [...document.querySelectorAll('.board-host, #chart')]
            .some(one => one.dataset.drawn >= times)""",
        arg=times,
    )


def lab_ready(page: Page) -> None:
    """Wait until the lab's script has run and its first chart is there."""
    page.wait_for_function("() => window.tsweb && tsweb.lab")
    settled(page)


def box_of(locator: Locator) -> Box:
    """Where something stands, once it stands still; what is drawn anew meanwhile is looked for again."""
    deadline = time.monotonic() + PATIENCE_S
    before = None
    while time.monotonic() < deadline:
        found = locator.bounding_box()
        if found is not None and found == before and found["width"] > 0:
            return Box(**found)
        before = found
        locator.page.wait_for_timeout(50)
    raise AssertionError(f"{locator} does not stand still: last seen at {before}")


def plot_box(page: Page, at: int = 0) -> Box:
    """The area of a chart that follows the pointer, when the page has settled."""
    settled(page)
    return box_of(page.locator(".widget").nth(at).locator(".nsewdrag"))
