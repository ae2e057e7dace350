"""Lists: pages without gap or repeat, filters, search, the live queue."""

from __future__ import annotations

import base64
from typing import Any

from models.ticket import Ticket
from tests.support.desk import TICKET, Answer, Desk, Person

LIST = """query($filter: TicketFilter, $orderBy: TicketOrder, $first: Int, $after: Cursor) {
  tickets(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { asOf edges { cursor node { number } }
  pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"""
FOUND = """query($filter: TicketFilter) { tickets(filter: $filter, orderBy: CREATED_ASC) { edges { node { subject } } }
  queue(filter: $filter, orderBy: CREATED_ASC) { numbers total } }"""
QUEUE = """query($filter: TicketFilter, $orderBy: TicketOrder) { queue(filter: $filter, orderBy: $orderBy) {
  numbers total asOf } }"""
COUNTS = "query($filters: [TicketFilter!]!) { counts(filters: $filters) }"
ORDERS = {
    "CREATED_DESC": ("created_at_ms", -1),
    "CREATED_ASC": ("created_at_ms", 1),
    "UPDATED_DESC": ("updated_at_ms", -1),
    "UPDATED_ASC": ("updated_at_ms", 1),
}


async def page(person: Person, **given: Any) -> Answer:
    return (await person.asks(LIST, **given)).tickets  # type: ignore[no-any-return]


async def found(person: Person, **filter: Any) -> str:
    """The subjects that a filter lets through, oldest first, as one word; list and queue agree."""
    answer = await person.asks(FOUND, filter=filter)
    subjects = [edge.node.subject for edge in answer.tickets.edges]
    assert answer.queue.total == len(answer.queue.numbers) == len(subjects)
    return "".join(subject[0] for subject in subjects)


async def searched(person: Person, *searches: str) -> dict[str, str]:
    return {search: await found(person, search=search) for search in searches}


async def crowd(desk: Desk, count: int) -> list[Ticket]:
    """Tickets of which several share each instant, in another order by creation than by update."""
    ann = await desk.agent()
    for n in range(count):
        await ann.creates(userId=f"u-{n % 2}", subject="s")
    rows = await Ticket.all().order_by("number")
    for row in rows:
        row.created_at_ms, row.updated_at_ms = 1_000 + row.number % 3, 1_000 + row.number * 7 % 4
        await row.save(update_fields=["created_at_ms", "updated_at_ms"])
    return rows


async def test_pages_follow_each_other_without_gap_or_repeat_in_every_order(desk: Desk) -> None:
    rows = await crowd(desk, 23)
    ann = await desk.agent()
    for order, (column, sign) in ORDERS.items():
        expected = [row.number for row in sorted(rows, key=lambda row: (getattr(row, column), row.number))][::sign]
        for size in (1, 4, 23, 100):
            read, after = [], None
            while True:
                part = await page(ann, orderBy=order, first=size, after=after)
                read += [edge.node.number for edge in part.edges]
                assert part.pageInfo.hasPreviousPage == (after is not None)
                assert part.pageInfo.startCursor == part.edges[0].cursor
                after = part.pageInfo.endCursor
                assert after == part.edges[-1].cursor
                if not part.pageInfo.hasNextPage:
                    break
            assert read == expected, (order, size)
        queue = (await ann.asks(QUEUE, orderBy=order)).queue
        assert (queue.numbers, queue.total) == (expected, 23)
    behind = await page(ann, orderBy=order, after=after)
    assert (behind.edges, behind.pageInfo.startCursor, behind.pageInfo.endCursor) == ([], None, None)
    assert (behind.pageInfo.hasNextPage, behind.pageInfo.hasPreviousPage) == (False, True)


async def test_a_page_begun_goes_on_where_it_was_while_tickets_come_in(desk: Desk) -> None:
    await crowd(desk, 4)
    ann = await desk.agent()
    first = await page(ann, first=2)
    await ann.creates(userId="u-1")
    rest = await page(ann, first=100, after=first.pageInfo.endCursor)
    whole = await page(ann, first=100)
    numbers = [edge.node.number for edge in first.edges + rest.edges]
    assert numbers == [edge.node.number for edge in whole.edges][1:]


async def test_pages_have_1_to_100_rows_and_50_unless_told(desk: Desk) -> None:
    await crowd(desk, 101)
    ann = await desk.agent()
    lengths = {}
    for given in ({}, {"first": None}, {"first": 1}, {"first": 100}):
        part = await page(ann, **given)
        lengths[str(given)] = len(part.edges)
        assert part.pageInfo.hasNextPage
    assert [*lengths.values()] == [50, 50, 1, 100]
    for size in (0, -1, 101, 2**31 - 1, -(2**31)):
        assert await ann.refused(LIST, first=size) == "BAD_USER_INPUT"
        for nested in ("events", "messages"):
            query = "query($n: Int) { tickets { edges { node { %s(first: $n) { __typename } } } } }" % nested  # noqa: UP031
            assert await ann.refused(query, n=size) == "BAD_USER_INPUT"


async def test_a_cursor_of_another_list_or_of_the_journal_is_refused(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    await ann.creates(userId="u-1")
    await ann.replies(ticket)
    plain = await page(ann, first=1)
    cursor, journal = plain.pageInfo.endCursor, plain.asOf
    assert len((await page(ann, after=cursor)).edges) == 1
    assert len((await page(ann, after=cursor, orderBy="CREATED_DESC", filter={"status": None})).edges) == 1
    for other in (
        {"orderBy": "CREATED_ASC"},
        {"orderBy": "UPDATED_DESC"},
        {"filter": {"status": ["OPEN"]}},
        {"filter": {"assignee": None}},
        {"filter": {"userId": "u-1"}},
        {"filter": {"locked": False}},
        {"filter": {"search": "card"}},
    ):
        assert await ann.refused(LIST, after=cursor, **other) == "BAD_USER_INPUT", other
    assert await ann.refused(LIST, after=journal) == "BAD_USER_INPUT"
    nested = "query($id: ID!, $c: Cursor) { ticket(id: $id) { %s(after: $c) { edges { cursor } } } }"
    assert await ann.refused(nested % "events", id=ticket.id, c=cursor) == "BAD_USER_INPUT"
    assert await ann.refused(nested % "messages", id=ticket.id, c=cursor) == "BAD_USER_INPUT"
    assert await ann.refused(nested % "messages", id=ticket.id, c=journal) == "BAD_USER_INPUT"
    message = (await ann.asks(nested % "messages", id=ticket.id)).ticket.messages.edges[0].cursor
    assert await ann.refused(nested % "events", id=ticket.id, c=message) == "BAD_USER_INPUT"
    assert await ann.refused(LIST, after=message) == "BAD_USER_INPUT"
    assert await ann.outcome("reply", ticketId=ticket.id, text="x", basedOn=cursor) == "BAD_USER_INPUT"


def forged(cursor: str, tail: bytes) -> str:
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[-len(tail) :] = tail
    return base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


async def test_a_mangled_cursor_is_refused(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    await ann.replies(ticket)
    good = (await page(ann)).pageInfo.endCursor
    for bad in (
        "",
        " ",
        "x",
        "AAAA",
        good[:-1],
        good + "A",
        good + "=",
        good.lower(),
        "ä" * 8,
        "🏦",
        "\0",
        "A" * 10_000,
    ):
        for query in (
            LIST,
            "query($after: Cursor) { tickets { edges { node { events(after: $after) { __typename } } } } }",
        ):
            assert await ann.refused(query, after=bad) == "BAD_USER_INPUT", bad


async def test_a_forged_cursor_breaks_nothing(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    await ann.replies(ticket)
    nested = "query($id: ID!, $c: Cursor) { ticket(id: $id) { messages(after: $c) { edges { cursor } } } }"
    message = (await ann.asks(nested, id=ticket.id)).ticket.messages.edges[0].cursor
    events = "query($c: Cursor) { tickets { edges { node { events(after: $c) { __typename } } } } }"
    listed, position = (await page(ann)).pageInfo.endCursor, await ann.as_of()
    wrong = {}
    for tail in (b"\x7f" + b"\xff" * 7, b"\x80" + b"\0" * 7, b"\0" * 4 + b"\xff" * 4):
        for query, variables in (
            (LIST, {"after": forged(listed, tail)}),
            (LIST, {"after": forged(listed, tail * 2)}),
            (nested, {"id": ticket.id, "c": forged(message, tail * 2)}),
            (events, {"c": forged(position, tail + b"abcd")}),
        ):
            errors = (await ann.post(query, variables)).json().get("errors", [])
            if {error["extensions"]["code"] for error in errors} - {"BAD_USER_INPUT", "RESYNC"}:
                wrong[str(variables)] = errors
    assert wrong == {}


async def test_as_of_is_the_position_of_the_snapshot(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    await ann.updates(ticket, given={"subject": "s"})
    last = (await ann.history(ticket))[-1].cursor
    answer = await ann.asks('{ asOf tickets { asOf } queue { asOf } none: tickets(filter: {tag: "x"}) { asOf } }')
    assert {answer.asOf, answer.tickets.asOf, answer.queue.asOf, answer.none.asOf} == {last}
    async with ann.follows(after=last) as stream:
        changed = await ann.starts(ticket)
        assert (await stream.next()).ticket == changed


async def test_every_filter_narrows_alone_and_together(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer("carla", "u-2")
    a = await ann.creates(userId="u-1", subject="a", priority="LOW", tags=["vip", "card"])
    b = await ann.creates(userId="u-2", subject="b", priority="HIGH", tags=["card"])
    c = await ann.creates(userId="u-2", subject="c", priority="URGENT", tags=["Vip"])
    d = await ann.creates(userId="u-1", subject="d")
    await ann.starts(a)
    await ann.approves(b)
    await carla.replies(b)
    await ann.rejects(c)
    await ann.locks(a)
    await ann.locks(d)
    await Ticket.filter(id=d.id).update(lock_expires_at_ms=1_000)
    for n, ticket in enumerate((a, b, c, d)):
        await Ticket.filter(id=ticket.id).update(created_at_ms=1_000 * (n + 1))
        await Ticket.filter(id=ticket.id, decided_at_ms__isnull=False).update(decided_at_ms=1_000 * (n + 1))
    second = "1970-01-01T00:00:0{}.000Z".format
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "abcd"),
        ({"status": ["OPEN"]}, "d"),
        ({"status": ["APPROVED", "REJECTED", "CLOSED"]}, "bc"),
        ({"status": []}, ""),
        ({"priority": ["LOW", "URGENT"]}, "ac"),
        ({"priority": []}, ""),
        ({"assignee": "ann"}, "a"),
        ({"assignee": "nobody"}, ""),
        ({"assignee": ""}, ""),
        ({"assignee": None}, "bcd"),
        ({"userId": "u-2"}, "bc"),
        ({"userId": "u-3"}, ""),
        ({"tag": "card"}, "ab"),
        ({"tag": "vip"}, "a"),
        ({"tag": "ca"}, ""),
        ({"locked": True}, "a"),
        ({"locked": False}, "bcd"),
        ({"awaitingReply": True}, "abd"),
        ({"awaitingReply": False}, "c"),
        ({"createdAfter": second(1)}, "bcd"),
        ({"createdBefore": second(4)}, "abc"),
        ({"createdAfter": second(1), "createdBefore": "1970-01-01T02:00:04+02:00"}, "bc"),
        ({"createdAfter": second(4), "createdBefore": second(1)}, ""),
        ({"decidedAfter": second(2)}, "c"),
        ({"decidedBefore": second(3)}, "b"),
        ({"decidedAfter": second(1), "decidedBefore": second(4), "decidedBy": "ann"}, "bc"),
        ({"decidedAfter": second(1), "status": ["REJECTED"], "createdAfter": second(1)}, "c"),
        ({"decidedAfter": second(1), "status": ["OPEN", "PROCESSING"]}, ""),
        ({"decidedBy": "ann"}, "bc"),
        ({"decidedBy": "bob"}, ""),
        ({"userId": "u-2", "priority": ["HIGH"], "tag": "card", "awaitingReply": True, "locked": False}, "b"),
        ({"userId": "u-1", "tag": "card", "status": ["PROCESSING"], "assignee": "ann", "locked": True}, "a"),
        ({"userId": "u-2", "assignee": None, "search": "b"}, "b"),
        ({"userId": "u-1", "search": "b"}, ""),
    ]
    assert {str(given): await found(ann, **given) for given, _ in cases} == {
        str(given): names for given, names in cases
    }
    for some in (cases[n : n + 10] for n in range(0, len(cases), 10)):
        for _ in range(2):  # read, then kept
            counts = (await ann.asks(COUNTS, filters=[given for given, _ in some])).counts
            assert dict(zip(map(str, some), counts, strict=True)) == {str(each): len(each[1]) for each in some}
        for given, names in some:
            assert (await ann.asks(QUEUE, filter=given)).queue.total == len(names), given
    names = "status priority userId tag search locked awaitingReply createdAfter createdBefore"
    nothing = dict.fromkeys(f"{names} decidedAfter decidedBefore decidedBy".split())
    assert await found(ann, **nothing) == "abcd"
    assert (await ann.asks(COUNTS, filters=[nothing])).counts == [4]
    answer = await ann.asks(
        "{ tickets(filter: null, orderBy: null, first: null, after: null) { edges { node { subject } } } }"
    )
    assert "".join(edge.node.subject for edge in answer.tickets.edges) == "dcba"
    assert (await ann.asks(QUEUE, filter=None, orderBy=None)).queue.total == 4


async def test_search_finds_the_beginnings_of_words_whatever_their_case_and_accents(desk: Desk) -> None:
    ann = await desk.agent()
    await ann.creates(userId="u-1", subject="1 Crème brûlée at the CAFÉ", body="Straße über Łódź")
    await ann.creates(
        userId="u-1", subject="2 ＦＵＬＬ width", body="𝐇𝐞𝐥𝐥𝐨 ﬁnd naïve e\u0301te\u0301 O'Brien ann@bank.example"
    )
    await ann.creates(userId="u-1", subject="3 Ελλάδα Привет 東京 2026-11-20 foo_bar", body="ΣΊΣΥΦΟΣ don't")
    cases = {
        "creme": "1",
        "CRÈME": "1",
        "cre": "1",
        "reme": "",
        "brulee cafe": "1",
        "cafe brulee creme": "1",
        "cafe full": "",
        "strasse": "1",
        "STRASSE": "1",
        "uber": "1",
        "full": "2",
        "hello": "2",
        "HELLO": "2",
        "find": "2",
        "NAIVE": "2",
        "ete": "2",
        "été": "2",
        "o'brien": "2",
        "brien": "2",
        "bank.example": "2",
        "ελλαδα": "3",
        "σισυφος": "3",
        "σισυφοσ": "3",
        "привет": "3",
        "ПРИВ": "3",
        "東京": "3",
        "東": "3",
        "2026 11": "3",
        "202": "3",
        "bar": "3",
        "foo": "3",
        "don't": "3",
        "": "123",
        "   ": "123",
    }
    assert await searched(ann, *cases) == cases


async def test_nothing_in_a_search_is_syntax(desk: Desk) -> None:
    ann = await desk.agent()
    await ann.creates(userId="u-1", subject="1 alpha OR beta", body="not near and")
    cases = {
        '"alpha"': "1",
        '"alpha beta': "1",
        "alpha*": "1",
        "al*pha": "",
        "alpha OR gamma": "",
        "alpha AND beta": "1",
        "NOT alpha": "1",
        "NEAR(alpha)": "1",
        "words:alpha": "",
        "alpha & !beta": "1",
        "alpha:*": "1",
        "$$ alpha' \\ %": "1",
        "()": "1",
        "alpha\u0000".replace("\u0000", "\t") + "beta": "1",
    }
    assert await searched(ann, *cases) == cases
    everything = "".join(dict.fromkeys("abcdefghijklmnopqrstuvwxyz")) + " "
    assert await found(ann, search=" ".join(everything)) == ""
    exotic = "\U0001e922\U0001e923 \u0e01\u0e34 \u0915\u093f ⅷ ² ŉ ʰa ꙮ \U00016f00 \u1c80 \U0001f170 \u30fc \u0640"
    assert await found(ann, search=exotic) == ""
    made = await ann.creates(userId="u-1", subject="2 " + exotic)
    missed = [word for word in exotic.split() if "2" not in await found(ann, search=word)]
    assert (made["__typename"], missed) == ("Ticket", [])


async def test_a_long_word_is_compared_to_its_end(desk: Desk) -> None:
    ann = await desk.agent()
    await ann.creates(userId="u-1", subject="1", body="x" * 110 + "y")
    cases = {"x" * 110: "1", "x" * 110 + "y": "1", "x" * 110 + "z": ""}
    assert await searched(ann, *cases) == cases


async def test_words_may_come_from_subject_body_and_messages_together(desk: Desk) -> None:
    ann, carla, bank = await desk.agent(), await desk.customer("carla", "u-1"), await desk.partner()
    one = await ann.creates(userId="u-1", subject="1 apple", body="banana")
    two = await ann.creates(userId="u-1", subject="2 apple", body="cherry")
    await carla.replies(one, "cherry pie")
    await ann.replies(two, "dates")
    await ann.notes(one, "secret elder")
    cases = {"apple": "12", "apple banana cherry": "1", "cherry": "12", "pie apple": "1", "date": "2", "elder": "1"}
    assert await searched(ann, *cases) == cases
    for word, expected in (cases | {"elder": "", "secret": "", "apple elder": ""}).items():
        assert await found(carla, search=word) == expected, word
        assert await found(bank, search=word, userId="u-1") == expected, word
    await ann.updates(two, given={"subject": "2 grape", "body": ""})
    assert await searched(ann, "grape", "apple", "cherry") == {"grape": "2", "apple": "1", "cherry": "1"}


async def test_tickets_by_number_come_in_the_order_asked(desk: Desk) -> None:
    ann, carla = await desk.agent(), await desk.customer("carla", "u-1")
    one, two = await ann.creates(userId="u-1"), await ann.creates(userId="u-2")
    query = f"query($n: [Int!]!) {{ ticketsByNumber(numbers: $n) {{ {TICKET} }} }}"
    wanted = [two.number, 999_999, one.number, two.number, 0, -1, 2**31 - 1]
    assert (await ann.asks(query, n=wanted)).ticketsByNumber == [two, None, one, two, None, None, None]
    own = (await carla.asks(query, n=[two.number, one.number])).ticketsByNumber
    assert [ticket and ticket.number for ticket in own] == [None, one.number]
    assert (await ann.asks(query, n=[])).ticketsByNumber == []
    assert len((await ann.asks(query, n=[one.number] * 100)).ticketsByNumber) == 100
    assert await ann.refused(query, n=[one.number] * 101) == "BAD_USER_INPUT"


async def test_one_ticket_is_asked_by_id_or_number_never_both_or_neither(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    query = f"query($id: ID, $number: Int) {{ ticket(id: $id, number: $number) {{ {TICKET} }} }}"
    assert (await ann.asks(query, id=ticket.id, number=None)).ticket == ticket
    assert (await ann.asks(query, id=None, number=ticket.number)).ticket == ticket
    for given in ({}, {"id": None, "number": None}, {"id": ticket.id, "number": ticket.number}):
        assert await ann.refused(query, **given) == "BAD_USER_INPUT"
    for id in (
        "",
        "x",
        "1",
        ticket.id[:-1],
        ticket.id + "0",
        "\0",
        "0" * 32,
        "00000000-0000-0000-0000-000000000000",
        "é" * 36,
    ):
        assert (await ann.asks(query, id=id)).ticket is None, id


async def test_an_expired_lock_is_no_lock_in_any_list(desk: Desk) -> None:
    ann = await desk.agent()
    ticket = await ann.creates(userId="u-1")
    await ann.locks(ticket)
    query = f"""query($n: [Int!]!) {{ ticketsByNumber(numbers: $n) {{ {TICKET} }}
      tickets {{ edges {{ node {{ {TICKET} }} }} }} }}"""
    held = await ann.asks(query, n=[ticket.number])
    assert held.ticketsByNumber[0].lock.holder == held.tickets.edges[0].node.lock.holder == "ann"
    await Ticket.filter(id=ticket.id).update(lock_expires_at_ms=1_000)
    free = await ann.asks(f"{query} ", n=[ticket.number])  # asked anew: a write without an event is none to the cache
    assert free.ticketsByNumber[0].lock is free.tickets.edges[0].node.lock is None
