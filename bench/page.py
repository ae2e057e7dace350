"""`python -m bench.page`: how fast the page is in Chromium, beside its budgets, into bench/RESULTS.md.

Nothing is asserted here: what can be counted is a test (tests/e2e/test_budgets.py, test_sizes.py).
"""

from __future__ import annotations

import asyncio
import gzip
import math
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Final

from playwright.async_api import Browser, Page, expect

from bench.material import guichet, prepared
from bench.results import PAGE
from desk.page import BUILT
from desk.settings import Settings
from tests.support.browser import Window, Windows, chromium
from tests.support.desk import Answer, Desk, Person
from tests.support.processes import serving

BEGIN, END = "<!-- made by python -m bench.page -->", "<!-- end of what bench.page makes -->"
LISTED: Final = "/?status=ANY&days=ANY"
LOADS: Final = 5
SCROLLS: Final = 120
EVENTS: Final = 1_000
APART_S: Final = 0.01
ALL: Final = re.compile(r"^[\d,]+ tickets$")

ARRIVALS = """() => {
  const Plain = window.WebSocket;
  window.stamps = [];
  const came = new Map();
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        for (const [, stamp] of data.matchAll(/"subject": ?"Stamp (\\d+)"/g)) came.set(stamp, performance.now());
      });
    }
  };
  addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const row = document.querySelector("ol[aria-label=Tickets] .row .subject bdi")?.textContent ?? "";
    const stamp = row.startsWith("Stamp ") ? row.slice(6) : null;
    if (!stamp || !came.has(stamp)) return;
    const arrived = came.get(stamp);
    came.delete(stamp);
    requestAnimationFrame(() => setTimeout(() => window.stamps.push(performance.now() - arrived)));
  }).observe(document, { subtree: true, childList: true, characterData: true }));
}"""
"""Notes, for every stamp that the first row comes to show, the ms from its frame on the socket to the paint."""

SCROLL = """steps => new Promise((done) => {
  const list = document.querySelector("ol[aria-label=Tickets]");
  const times = [];
  const step = (now) => {
    times.push(now);
    list.scrollBy(0, 100);
    times.length > steps ? done(times.slice(1).map((time, at) => time - times[at])) : requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""


@dataclass(frozen=True)
class Row:
    """One line of the table: what it is, what was measured, what web.md promises."""

    what: str
    measured: str
    budget: str

    def __str__(self) -> str:
        return f"| {self.what} | {self.measured} | {self.budget} |"


async def measure() -> list[Row]:
    """Every time and size, on a desk with as many tickets as the bench has, in a process of its own."""
    material = prepared()
    with tempfile.TemporaryDirectory() as folder:
        data = material.copied(Path(folder, "data"))
        token = guichet("token", "create", "--name", "ann", "--role", "AGENT", data=data)
        async with serving(Settings(data=data), Path(folder, "log")) as desk, chromium() as browser:
            windows, ann = Windows(browser, desk), Person(desk, "ann", token)
            rows = [*_sizes(), await _loads(browser, desk, ann)]
            window = await _signed_in(windows, ann)
            rows += [await _scrolls(window.page), await _paints(windows, desk, ann), *await _cut(window)]
            rows += await _all_rows(window.page)
            await windows.close()
            return rows


def _sizes() -> list[Row]:
    def packed(suffix: str) -> str:
        names = set(re.findall(rf'"/(assets/[^"]+\.{suffix})"', (BUILT / "index.html").read_text()))
        return f"{sum(len(gzip.compress((BUILT / name).read_bytes())) for name in names) / 1_000:.0f} kB"

    return [
        Row("JavaScript of the page, gzip", packed("js"), "180 kB"),
        Row("CSS of the page, gzip", packed("css"), "20 kB"),
    ]


async def _signed_in(windows: Windows, ann: Person) -> Window:
    window = await windows.at(ann, LISTED)
    await window.uses_token(ann.token)
    await expect(window.page.get_by_text(ALL)).to_be_visible()
    return window


async def _loads(browser: Browser, desk: Desk, ann: Person) -> Row:
    """From the address to rows that can be read, in a profile that never saw the page but is signed in."""
    door = Windows(browser, desk)
    cookies = await (await _signed_in(door, ann)).page.context.cookies()
    took = []
    for _ in range(LOADS):
        context = await browser.new_context(viewport={"width": 1_400, "height": 900})
        await context.add_cookies([{**cookie} for cookie in cookies])  # type: ignore[typeddict-item]
        page, began = await context.new_page(), time.perf_counter()
        await page.goto(desk.url + LISTED)
        await page.locator("ol[aria-label=Tickets] .row a").first.wait_for()
        took.append(time.perf_counter() - began)
        await context.close()
    await door.close()
    return Row("cold load to the first rows, fresh profile", f"{median(took):.2f} s", "1.5 s")


async def _scrolls(page: Page) -> Row:
    frames: list[float] = await page.evaluate(SCROLL, SCROLLS)
    return Row("scrolling, frame by frame", f"{1_000 * len(frames) / sum(frames):.0f} fps", "58 fps")


async def _paints(windows: Windows, desk: Desk, ann: Person) -> Row:
    """100 changes a second of the first row; the page paints as many of them as there are frames."""
    window = await windows.at(ann)
    await window.page.add_init_script(f"({ARRIVALS})()")
    await window.page.goto(desk.url + LISTED)
    await window.uses_token(ann.token)
    query = "{ queue(filter: {}, orderBy: CREATED_DESC) { numbers } }"
    first = (await ann.asks(query)).queue.numbers[0]
    ticket: Answer = (
        await ann.asks("query($n: [Int!]!) { ticketsByNumber(numbers: $n) { id } }", n=[first])
    ).ticketsByNumber[0]
    await expect(window.page.locator("ol[aria-label=Tickets] .row a").first).to_be_visible()
    began = time.perf_counter()
    for stamp in range(EVENTS):
        await asyncio.sleep(max(0.0, began + stamp * APART_S - time.perf_counter()))
        await ann.updates(ticket, given={"subject": f"Stamp {stamp}"})
    rate = EVENTS / (time.perf_counter() - began)
    await expect(window.page.locator("ol[aria-label=Tickets] .row").first).to_contain_text(f"Stamp {EVENTS - 1}")
    took: list[float] = await window.page.evaluate("window.stamps")
    p95 = sorted(took)[math.ceil(0.95 * len(took)) - 1]
    what = f"event to paint at {rate:.0f} events a second, p95 of {len(took)} paints"
    return Row(what, f"{p95:.0f} ms", "50 ms")


async def _cut(window: Window) -> list[Row]:
    window.expects(r"(error|warning): WebSocket connection to .* failed")
    banner = window.page.get_by_role("banner")
    lost = await _until(window, offline=True, shown=lambda: expect(banner).to_contain_text("Paused since"))
    back = await _until(window, offline=False, shown=lambda: expect(banner).to_contain_text("Live"))
    return [
        Row("a cut network is told after", f"{lost:.1f} s", "2 s"),
        Row("live again after the network is back", f"{back:.1f} s", "3 s"),
    ]


async def _until(window: Window, *, offline: bool, shown: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await window.page.context.set_offline(offline)
    await shown()
    return time.perf_counter() - began


async def _all_rows(page: Page) -> list[Row]:
    """Heap and nodes after every row was drawn once."""
    await page.evaluate("""async () => {
      const list = document.querySelector("ol[aria-label=Tickets]");
      const drawn = () => list.querySelector(".row:not(.is-bone)") && !list.querySelector(".row.is-bone");
      for (let top = 0; top < list.scrollHeight; top += list.clientHeight) {
        list.scrollTo(0, top);
        do await new Promise(requestAnimationFrame); while (!drawn());
      }
    }""")
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("HeapProfiler.collectGarbage")
    used = (await devtools.send("Runtime.getHeapUsage"))["usedSize"]
    nodes: int = await page.evaluate("document.querySelectorAll('*').length")
    tickets = await page.get_by_text(ALL).inner_text()
    return [
        Row(f"memory after all rows of {tickets}", f"{used / 1e6:.0f} MB", "40 MB with 10,000"),
        Row("DOM then", f"{nodes:,} nodes", "1,500 nodes"),
    ]


def keep(rows: list[Row]) -> None:
    """Writes the table between its two marks."""
    table = ["| what | measured | budget |", "|---|---|---|", *map(str, rows)]
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    text = "\n".join([f"Chromium, headless, beside the desk on this machine; {date.today().isoformat()}.", "", *table])
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def main() -> None:
    if shutil.which("chromium") is None:
        sys.exit("There is no chromium on this machine.")
    rows = asyncio.run(measure())
    keep(rows)
    print(*rows, sep="\n")


if __name__ == "__main__":
    main()
