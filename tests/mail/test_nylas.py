"""Mail comes in from Nylas by its list, which is the truth: none is lost, none comes twice, whatever goes wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.responses import JSONResponse, Response

from desk.mail import nylas, watch
from desk.mail.mailbox import Arrival, Refused, Unreachable
from desk.mail.nylas import Grant, NylasMailbox
from models.errors import BadUserInput
from models.mail import MailPosition, SeenMail, Verdict
from models.ticket import Ticket
from tests.mail.conftest import Watches
from tests.mail.test_set import everything, sound
from tests.support.desk import GUARD_S
from tests.support.mail import NAMES, PAUSE_MS, expected, fixture, passes, plain, seen, the_world
from tests.support.nylas import CUT, MUTE, Nylas, refusal

HURRY_S = 1.0
"""How long who says nothing is waited for."""


class Paced(NylasMailbox):
    """A mailbox in which time passes before each mail."""

    async def raw(self, arrival: Arrival, limit_bytes: int) -> bytes:
        await passes(PAUSE_MS)
        return await super().raw(arrival, limit_bytes)


async def test_the_examples_come_in_as_their_verdicts_say(watches: Watches, service: Nylas) -> None:
    await the_world()
    inbox = Paced(Grant.of(service.url))
    reading = watches(inbox)
    await everything(reading)
    service.deliver(*map(fixture, NAMES))
    await everything(reading)
    await sound()
    for row, name in zip(await seen(len(NAMES)), NAMES, strict=True):
        assert (row.acknowledge_to is not None) == expected(name)["acknowledge"], name
    await inbox.close()


async def test_of_many_mails_of_one_second_none_is_lost_and_none_comes_twice(
    watches: Watches, service: Nylas, inbox: NylasMailbox
) -> None:
    reading = watches(inbox)
    await everything(reading)
    service.deliver(*(plain(f"Mail {number}") for number in range(250)))
    await everything(reading)
    rows = await seen(250)
    assert [row.subject for row in rows] == [f"Mail {number}" for number in range(250)]
    assert len(rows) == 250
    assert sum(path.startswith("/messages/") for path in service.asked) == 250


async def test_a_list_that_breaks_off_moves_the_position_nowhere(
    watches: Watches, service: Nylas, inbox: NylasMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = watches(inbox)
    await everything(reading)
    before = (await MailPosition.get()).after
    monkeypatch.setattr(nylas, "PAGE", 10)
    service.now_s += 3_600
    service.deliver(*(plain(f"Mail {number}", X_Far="1") for number in range(25)), date=service.now_s - 3_000)
    service.deliver(plain("Newest"))
    service.fail(refusal(504, "provider_error", "Provider request timed out."), after=1)
    with pytest.raises(Unreachable):
        await reading.look()
    assert (await MailPosition.get()).after == before
    await everything(reading)
    assert (await seen(26))[-1].subject == "Newest"


async def test_a_mail_that_the_list_shows_late_is_not_missed(
    watches: Watches, service: Nylas, inbox: NylasMailbox
) -> None:
    reading = watches(inbox)
    await everything(reading)
    service.now_s += 3_600
    service.deliver(plain("Newest"))
    await everything(reading)
    service.deliver(plain("Late"), date=service.now_s - 500)
    await everything(reading)
    assert [row.subject for row in await seen(2)] == ["Newest", "Late"]


async def test_a_mail_from_the_future_hides_none_that_comes_after_it(
    watches: Watches, service: Nylas, inbox: NylasMailbox
) -> None:
    reading = watches(inbox)
    await everything(reading)
    service.now_s += 3_600
    service.deliver(plain("From the future"), date=service.now_s + 86_400)
    await everything(reading)
    service.now_s += 3_600
    service.deliver(plain("From now"))
    await everything(reading)
    assert [row.subject for row in await seen(2)] == ["From the future", "From now"]


async def test_the_first_contact_answers_nobody(watches: Watches, service: Nylas, inbox: NylasMailbox) -> None:
    service.deliver(plain("Of yesterday"), date=service.now_s - 86_400)
    service.deliver(plain("Of a minute ago"), date=service.now_s - 60)
    await everything(watches(inbox))
    assert await SeenMail.all().count() == 0
    day = datetime.fromtimestamp(service.now_s - 60, UTC).date()
    older = [arrival.arrived_at_ms // 1_000 for arrival in await inbox.since(day)]
    assert older[-1] == service.now_s - 60


async def test_a_mail_that_fails_midway_is_met_again_before_those_behind_it(
    watches: Watches, service: Nylas, inbox: NylasMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "BATCH", 1)
    reading = watches(inbox)
    await everything(reading)
    service.deliver(plain("First"), plain("Second"), plain("Third"))
    service.fail(CUT, on="/messages/", after=1)
    with pytest.raises(Unreachable):
        await everything(reading)
    await everything(reading)
    assert [row.subject for row in await seen(3)] == ["First", "Second", "Third"]


async def test_a_mail_moved_away_before_it_is_read_is_stepped_over(
    watches: Watches, service: Nylas, inbox: NylasMailbox
) -> None:
    reading = watches(inbox)
    await everything(reading)
    service.deliver(plain("Moved away"), plain("Stays"))
    service.fail(refusal(404, "not_found_error", "requested object not found"), on="/messages/")
    await everything(reading)
    assert [row.verdict for row in await seen(2)] == [Verdict.IGNORED, Verdict.NEW]


async def test_a_grant_that_is_gone_takes_no_mail_with_it(
    watches: Watches, service: Nylas, inbox: NylasMailbox
) -> None:
    reading = watches(inbox)
    await everything(reading)
    service.deliver(plain("Stays"))
    (arrival,) = await inbox.arrivals(await reading._position(), 10)
    service.grant_id, known = "another", service.grant_id
    with pytest.raises(Refused):
        await inbox.raw(arrival, 1_000_000)
    service.grant_id = known
    await everything(reading)
    assert [ticket.subject for ticket in await Ticket.all()] == ["Stays"]


async def test_what_is_too_large_is_a_ticket_of_its_header_that_says_so(
    watches: Watches, service: Nylas, inbox: NylasMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = watches(inbox)
    monkeypatch.setattr(reading._intake, "limit_bytes", 200_000)
    monkeypatch.setattr(nylas, "AROUND_BYTES", 1_000)
    await everything(reading)
    service.deliver(
        plain("Far too large", text="x" * 1_000_000), plain("Small"), plain("Too large", text="x" * 200_000)
    )
    await everything(reading)
    assert [row.subject for row in await seen(3)] == ["Far too large", "Small", "Too large"]
    assert [row.size > 200_000 for row in await seen(3)] == [True, False, True]


async def test_ids_of_every_kind_are_asked_for(watches: Watches, service: Nylas, inbox: NylasMailbox) -> None:
    """Those of IMAP are Message-IDs."""
    reading = watches(inbox)
    await everything(reading)
    for number, id in enumerate(["<a/b+c#d?e=%2F@x.example>", f"<{'long' * 100}@x.example>", f"<{'long' * 101}@x>"]):
        service.deliver(plain(f"Mail {number}"), id=id)
    await everything(reading)
    assert [row.subject for row in await seen(3)] == ["Mail 0", "Mail 1", "Mail 2"]
    await everything(watches(inbox))
    assert await SeenMail.all().count() == 3


async def test_a_closed_mailbox_answers_nothing(inbox: NylasMailbox) -> None:
    await inbox.close()
    with pytest.raises(Unreachable):
        await inbox.end()
    with pytest.raises(Unreachable):
        await anext(inbox.bell())


def test_a_url_names_the_grant_and_its_key_goes_nowhere_without_tls() -> None:
    grant = Grant.of("nylas://a-b:k%2Fy@api.eu.nylas.com/IN%20BOX")
    assert grant == Grant("a-b", "k/y", "https://api.eu.nylas.com", "IN BOX")
    assert grant.name == "nylas://a-b@api.eu.nylas.com"
    assert "k/y" not in repr(grant)
    for url in ("nylas+http://a:b@api.us.nylas.com", "nylas://api.us.nylas.com", "nylas://a@api.us.nylas.com"):
        with pytest.raises(BadUserInput):
            Grant.of(url)


async def test_one_folder_is_read_where_one_is_named(service: Nylas) -> None:
    inbox = NylasMailbox(replace(Grant.of(service.url), folder="INBOX"))
    service.deliver(plain("Here"))
    service.deliver(plain("Junk"), folder="SPAM")
    assert len(await inbox.since(datetime.fromtimestamp(service.now_s, UTC).date())) == 1
    await inbox.close()


# ---------------------------------------------------------------- a service that does not answer


async def test_nylas_is_left_alone_as_long_as_it_asks_for(
    watches: Watches, service: Nylas, inbox: NylasMailbox
) -> None:
    reading = watches(inbox)
    await everything(reading)
    service.deliver(plain("Waits"))
    service.throttle(1)
    with pytest.raises(Unreachable, match="429 rate_limit_error"):
        await reading.look()
    await everything(reading)
    assert [row.subject for row in await seen(1)] == ["Waits"]
    assert service.early == 0


@pytest.mark.parametrize("fault", [CUT, MUTE, "broken", "no list"])
async def test_what_the_service_does_wrong_delays_a_mail_and_loses_none(
    watches: Watches, service: Nylas, inbox: NylasMailbox, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    reading = watches(inbox)
    await everything(reading)
    service.deliver(plain("Waits"))
    wrong = {"broken": Response(b"<html>"), "no list": JSONResponse({"data": [None]}, headers={"date": "now"})}
    with monkeypatch.context() as hurried:
        hurried.setattr(inbox._client, "timeout", HURRY_S if fault == MUTE else GUARD_S)
        for path in ("/messages", "/messages/"):
            service.fail(wrong.get(fault, fault), on=path)
            with pytest.raises(Unreachable):
                await reading.look()
    await everything(reading)
    assert [row.subject for row in await seen(1)] == ["Waits"]


async def test_after_word_of_an_expired_grant_the_next_call_is_refused_and_one_that_works_is_not(
    service: Nylas, inbox: NylasMailbox
) -> None:
    inbox.expire()
    with pytest.raises(Refused):
        await inbox.end()
    await inbox.end()
    service.valid = False
    with pytest.raises(Refused):
        await inbox.end()
