"""`guichet verify`: rows, journal and chain say the same, and whatever was changed behind their backs is named."""

from __future__ import annotations

import pytest

from models import database
from models.law import Kept
from tests.support.desk import Desk
from tests.support.history import a_day, sealed, verdict
from tests.support.processes import command


async def test_after_a_day_at_the_desk_nothing_differs_and_all_of_it_is_sealed_within_moments(desk: Desk) -> None:
    await a_day(desk)
    chain = await sealed()
    found = await verdict()
    assert found.problems == []
    assert (found.tickets, found.sealed, found.chain.position) == (3, chain, found.events)


TAMPERED = {
    "a ticket's subject": ("UPDATE tickets SET subject = 'x' WHERE number = 1", "differs from its last event: subject"),
    "its status": ("UPDATE tickets SET status = 'OPEN' WHERE number = 3", "differs from its last event: status"),
    "its lock": ("UPDATE tickets SET lock_holder = 'bob' WHERE number = 3", "differs from its last event: lock"),
    "its revision": ("UPDATE tickets SET revision = 9 WHERE number = 3", "differs from its last event: revision"),
    "its extra": ("""UPDATE tickets SET extra = '{"n": 3}' WHERE number = 1""", "differs from its last event: extra"),
    "a tag": ("DELETE FROM ticket_tags WHERE tag = 'again'", "found under other tags"),
    "where a tag lists it": ("UPDATE ticket_tags SET updated_at_ms = 1", "or in another place"),
    "a message": ("UPDATE messages SET text = 'No.' WHERE kind = 'NOTE'", "does not hold what was written then"),
    "a message that is elsewhere": (
        "UPDATE messages SET ticket_id = (SELECT id FROM tickets WHERE number = 3) WHERE kind = 'NOTE'",
        "are of different tickets",
    ),
    "no value of its column": (
        "UPDATE tickets SET status = 'OPENED' WHERE number = 2",
        "something cannot be read",
    ),
    "no JSON": ("UPDATE events SET content = 'nojson' WHERE position = 4", "at or after event 4"),
    "a message that is gone": ("DELETE FROM messages WHERE kind = 'NOTE'", "does not hold what was written then"),
    "a reason": ("UPDATE decisions SET reason = 'x' WHERE reason = 'Not ours.'", "the decisions on ticket 2"),
    "a withdrawal": ("UPDATE decisions SET withdrawn_at_ms = NULL", "the decisions on ticket 1"),
    "user_tickets": ("UPDATE user_tickets SET extra = '{}'", "user_tickets of 'u-1'"),
    "user_tickets that is gone": ("DELETE FROM user_tickets", "user_tickets lacks 'u-1'"),
    "what an event says": (
        "UPDATE events SET content = replace(content, 'Card lost', 'Card found')",
        "(CREATED) does not hold what was written then",
    ),
    "who did it": ("UPDATE events SET actor = 'bob' WHERE kind = 'REJECTED'", "does not hold what was written then"),
    "a fact": ("UPDATE events SET kind = 'UPDATED' WHERE kind = 'CLOSED'", "the chain breaks"),
    "when it was": ("UPDATE events SET at_ms = at_ms + 1 WHERE position = 5", "the chain breaks"),
    "an event that is gone": ("DELETE FROM events WHERE position = 5", "events 5 to 5 are missing"),
    "a salt that is gone": ("UPDATE events SET salt = NULL WHERE kind = 'CREATED'", "no ERASED signs that off"),
    "an account's role": ("UPDATE accounts SET role = 'ADMIN'", "differs from its last event: role"),
    "an account from nowhere": (
        "INSERT INTO accounts (id, name, role, active, created_at_ms)"
        " SELECT id, 'eve', 'ADMIN', true, 0 FROM tickets LIMIT 1",
        "account 'eve' has no event",
    ),
    "an account's event": (
        "UPDATE events SET content = replace(content, 'ann', 'eve') WHERE kind = 'ACCOUNT_CREATED'",
        "(ACCOUNT_CREATED) does not hold what was written then",
    ),
    "an account's salt": (
        "UPDATE events SET salt = NULL WHERE kind = 'ACCOUNT_CREATED'",
        "no ACCOUNT_ERASED signs that off",
    ),
    "a seal": ("UPDATE seals SET hash = salt FROM events WHERE seals.position = events.position", "the chain breaks"),
    "the last event": (
        "DELETE FROM events WHERE position = (SELECT position FROM journal_head)",
        "the head is at",
    ),
    "a shorter journal": (
        "UPDATE journal_head SET position = position - 1;"
        "DELETE FROM events WHERE position > (SELECT position FROM journal_head)",
        "sealed further than",
    ),
}


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # what is compared is the same on both
@pytest.mark.parametrize("what", TAMPERED)
async def test_what_was_changed_behind_the_desks_back_is_found_and_named(desk: Desk, what: str) -> None:
    await a_day(desk)
    await sealed()
    script, problem = TAMPERED[what]
    for statement in script.split(";"):
        await database.primary().execute_query(statement)
    found = await verdict()
    assert any(problem in each for each in found.problems), found.problems


async def test_history_written_anew_with_all_its_hashes_is_found_by_the_hash_that_was_kept_elsewhere(
    desk: Desk,
) -> None:
    await a_day(desk)
    kept = await sealed()
    await database.primary().execute_query("UPDATE events SET at_ms = at_ms + 1 WHERE position = 5")
    await database.primary().execute_query("DELETE FROM seals")
    await (await desk.agent()).creates(userId="u-9")
    await sealed()
    assert (await verdict()).problems == []
    (problem,) = (await verdict(Kept(kept.position, kept.hash))).problems
    assert problem == f"the hash kept of position {kept.position} is not the chain's: history was changed"


async def test_the_command_prints_the_hash_to_keep_and_ends_with_1_where_something_differs(desk: Desk) -> None:
    await a_day(desk)
    chain = await sealed()
    kept = f"{chain.position}:{chain.hash.hex()}"
    code, said = await command(desk.settings, "verify")
    assert code == 0, said
    assert said.splitlines()[-1] == f"nothing differs. Keep this elsewhere, for --expect: {kept}"
    assert (await command(desk.settings, "verify", "--expect", kept))[0] == 0
    await database.primary().execute_query("UPDATE tickets SET subject = 'x' WHERE number = 1")
    code, said = await command(desk.settings, "verify", "--expect", kept)
    assert (code, said.splitlines()[0].partition(" (")[0]) == (1, "ticket 1")
    assert (await command(desk.settings, "verify", "--expect", "nonsense"))[0] == 1
