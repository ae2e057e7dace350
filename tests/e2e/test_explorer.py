"""The explorer at /graphql: signed in by the same link, with the contract to read, and live."""

from __future__ import annotations

from dataclasses import replace

from playwright.async_api import Browser, Locator, expect

from desk.reference.examples import examples
from desk.settings import Settings
from tests.support.browser import Window, Windows, in_the_browser, on_its_loop
from tests.support.desk import Desk, running
from tests.support.live import Joined

pytestmark = in_the_browser


@on_its_loop()
async def ann(windows: Windows, desk: Desk) -> Window:
    """Ann in the explorer, which a link opened, with the documentation beside the editor."""
    ann = await windows.of(await desk.agent(), "/graphql")
    await expect(ann.page.get_by_role("region", name="Operation Editor")).to_contain_text("Newest")
    await ann.presses("Show Documentation Explorer")
    await expect(docs(ann).get_by_role("link", name="Mutation")).to_be_visible()
    return ann


def docs(window: Window) -> Locator:
    return window.page.get_by_role("region", name="Documentation Explorer")


def result(window: Window) -> Locator:
    return window.page.get_by_role("region", name="Result Window")


async def runs(window: Window, tab: str) -> None:
    """Runs one of the examples."""
    await window.page.get_by_role("tab", name=tab).get_by_role("button", name=tab).click()
    # GraphiQL learns the operation's name a moment after its text; whoever is faster runs the tab before.
    await window.page.wait_for_function("tab => localStorage.getItem('graphiql:query')?.includes(tab)", arg=tab)
    await window.page.get_by_role("button", name="Execute query").click()


async def test_the_first_query_runs_as_whoever_the_link_signed_in(ann: Window) -> None:
    made = await ann.person.creates(userId="u-1", subject="Card lost")
    assert ann.page.url == f"{ann.url}/graphql"
    await runs(ann, "Newest")
    await expect(result(ann)).to_contain_text(f'"number": {made.number}, "subject": "Card lost"')
    await ann.page.get_by_role("link", name="Guichet, as ann").click()
    await expect(ann.row(made)).to_be_visible()


async def test_every_field_tells_what_it_takes_with_its_default(ann: Window) -> None:
    for name in ("Mutation", "createTicket", "CreateTicketInput"):
        await docs(ann).get_by_role("link", name=name, exact=True).first.click()
    await expect(docs(ann)).to_contain_text('extra: JSON! = "{}"')


async def test_a_subscription_shows_each_event_when_it_happens(ann: Window, joined: Joined) -> None:
    await runs(ann, "Follow")
    await joined.reach(1)
    for subject in ("Card lost", "Parcel torn"):
        made = await ann.person.creates(userId="u-1", subject=subject)
        await expect(result(ann)).to_contain_text('"kind": "CREATED"')
        await expect(result(ann)).to_contain_text(f'"number": {made.number}, "subject": "{subject}"')
    await ann.page.get_by_role("button", name="Stop query").click()
    await expect(ann.page.get_by_role("button", name="Execute query")).to_be_visible()


async def test_a_mutation_makes_a_ticket_and_a_refusal_is_read_as_data(ann: Window, windows: Windows) -> None:
    await runs(ann, "Make")
    await expect(result(ann)).to_contain_text('"createTicket"')
    [bob] = await windows.agents("bob")
    await expect(bob.queue.get_by_role("link", name="Made in the explorer")).to_be_visible()


async def test_an_example_of_every_operation_is_in_the_history(ann: Window) -> None:
    await ann.presses("Show History")
    history = ann.page.get_by_role("region", name="History")
    for name, example in examples().items():
        await expect(history.get_by_text(f"{name}: {example.title}", exact=True)).to_have_count(1)
    await history.get_by_text(f"viewer: {examples()['viewer'].title}", exact=True).click()
    # As in `runs`. A function, since the editor's frames may not evaluate text.
    await ann.page.wait_for_function("() => localStorage.getItem('graphiql:query')?.includes('WhoAmI')")
    await ann.page.get_by_role("button", name="Execute query").click()
    await expect(result(ann)).to_contain_text('"name": "ann"')


async def test_the_reference_and_its_live_page_are_read_under_the_strict_policy(ann: Window) -> None:
    await ann.page.get_by_role("link", name="Reference").click()
    await ann.page.get_by_text("Mutations", exact=True).first.click()
    await ann.page.get_by_role("navigation").get_by_role("link", name="lockTicket", exact=True).click()
    await expect(ann.page.locator("#Mutation\\.lockTicket")).to_be_in_viewport()
    position = await ann.page.evaluate("getComputedStyle(document.querySelector('header')).position")
    assert position == "sticky", "the style was taken in"
    await ann.page.get_by_role("link", name="Live", exact=True).click()
    await expect(ann.page.get_by_role("heading", name="JavaScript")).to_be_attached()
    await ann.page.get_by_role("banner").get_by_role("link", name="Explorer").click()
    await expect(ann.page.get_by_role("link", name="Guichet, as ann")).to_be_visible()


async def test_an_explorer_that_is_shown_to_everybody_has_them_sign_in_too(
    browser: Browser, settings: Settings
) -> None:
    async with running(replace(settings, explorer="everybody")) as desk:
        windows = Windows(browser, desk)
        ann = await windows.at(await desk.agent(), "/graphql")
        await ann.uses_token(ann.person.token)
        await expect(ann.page.get_by_role("link", name="Guichet, as ann")).to_be_visible()
        assert ann.page.url == f"{desk.url}/graphql"
        await windows.close()


async def test_whoever_comes_to_the_reference_signs_in_and_is_there(windows: Windows, desk: Desk) -> None:
    ann = await desk.agent()
    for path in ("/docs", "/docs/live"):
        window = await windows.at(ann, f"{path}#code={await desk.code(ann)}")
        await window.page.wait_for_url(f"{window.url}{path}")
        await expect(window.page.get_by_role("heading", level=1)).to_be_visible()
