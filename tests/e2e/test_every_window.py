"""What every test here relies on: a window notices each thing that goes wrong in it."""

from __future__ import annotations

import pytest

from tests.support.browser import Windows, in_the_browser
from tests.support.desk import Desk

pytestmark = in_the_browser


async def test_a_window_keeps_account_of_all_that_goes_wrong(windows: Windows, desk: Desk) -> None:
    window = await windows.at(await desk.agent())
    window.expects(
        "exception: broken",
        "error: .*violates .*Content Security Policy",
        "404: GET .*/assets/none",
        "error: Failed to load resource.*404",
        "another host: http://localhost",
    )
    await window.page.evaluate("setTimeout(() => { throw new Error('broken') })")
    await window.page.evaluate("fetch('http://localhost:1').catch(() => {})")
    await window.page.evaluate("fetch('/assets/none').then(() => {})")
    await window.page.goto(desk.url.replace("127.0.0.1", "localhost"))


async def test_a_window_in_which_something_went_wrong_fails_its_test(windows: Windows, desk: Desk) -> None:
    window = await windows.at(await desk.agent())
    await window.page.evaluate("console.error('alas')")
    window.expects("what never happens")
    with pytest.raises(AssertionError, match=r"alas[\s\S]*did not happen: what never happens"):
        await windows.close()
