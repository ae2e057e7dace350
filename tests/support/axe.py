"""What axe-core finds wrong in a window: WCAG 2.2 AA and its best practices, in both themes."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Page

from tests.support.browser import Window

SOURCE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
RUN: Final = """async rules => {
  const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  const told = [];
  for (const { id, help, nodes } of violations)
    for (const { target, failureSummary } of nodes) {
      if (id === "target-size") { // the bar at the edge of a phone may cover it, as far as the page stands there
        document.querySelector(target[0]).scrollIntoView({ block: "center" });
        const again = await axe.run(target[0], { runOnly: [id] });
        if (!again.violations.length) continue;
      }
      told.push(`${id}: ${help} at ${target.join(" ")} (${failureSummary})`);
    }
  return told;
}"""


@functools.cache
def axe() -> str:
    """The script; where it was never installed, the test is skipped on a laptop and fails in CI."""
    if not SOURCE.exists():
        missing = "web/node_modules/axe-core is missing: building the page installs it"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return SOURCE.read_text()


async def faults(page: Page) -> list[str]:
    """What is wrong with a page as it stands, in light and in dark, each as a sentence."""
    await page.evaluate(axe())  # by the browser's own protocol, which the page's policy does not bind
    found: list[str] = []
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colour on its way
        told: list[Any] = await page.evaluate(RUN, RULES)
        found += [f"{theme}: {each}" for each in told]
    return found


async def accessible(window: Window, where: str) -> None:
    """Raises AssertionError for whatever is wrong in a window, wide and as narrow as a phone."""
    for width, height in ((1_440, 900), (390, 844)):
        await window.page.set_viewport_size({"width": width, "height": height})
        found = await faults(window.page)
        assert not found, "\n".join([f"{where}, {width} px wide:", *found])
