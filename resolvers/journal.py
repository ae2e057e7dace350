"""What keeps the journal: sealing what was committed, and taking out what is old."""

from __future__ import annotations

import hashlib
import secrets

from models import statements
from models.database import head
from models.errors import InvalidInput
from models.event import Event, EventKind, Head, between, new_journal_id
from models.idempotency import Idempotency
from models.paging import PAGE, pages
from models.seal import SEALER, Chain, Duty, Seal
from models.statements import HeadRead
from models.unit_of_work import unit_of_work
from models.work import Caller, Work

DUTY_MS = 800
"""How long a sealer that is gone keeps others from sealing, ms; two at once would come to the same."""
PAGES_AT_ONCE = 4
"""How much is sealed in a round, so that nobody waits for long after an import; the rest has its turn with the next."""
FORGOTTEN_AT_ONCE = 1_000


class Sealer:
    """Chains what was committed, while it has the duty. Several processes may have one each."""

    def __init__(self) -> None:
        self._name = secrets.token_hex(8)
        self._sealed = -1

    async def seal(self, caller: Caller, now: HeadRead, now_ms: int) -> None:
        """Seals the journal up to a head; leaves it to the process that has the duty at `now_ms` (Unix ms)."""
        if now.position == self._sealed or not (await Duty.get(name=SEALER)).is_free(self._name, now_ms):
            return
        chain = await Chain.sealed()
        for _ in range(PAGES_AT_ONCE):
            events = await between(chain.position, now.position, PAGE)
            if not events or events[0].position != chain.position + 1:
                break  # what lacks is for `verify` to tell, and not to be sealed over
            for event in events:
                chain.add(event)
            if not await _put(caller, self._name, chain):
                return
        self._sealed = chain.position

    async def seal_all(self, caller: Caller) -> None:
        """Seals all there is, unless another process has the duty."""
        before = -2
        while self._sealed != before:
            before, now = self._sealed, await head()
            await self.seal(caller, now, caller.world.now_ms() if now.now_ms is None else now.now_ms)


@unit_of_work
async def _put(work: Work, caller: Caller, name: str, chain: Chain) -> bool:
    await work.hold_time()
    if not await Duty.taken(SEALER, name, work.now_ms, work.now_ms + DUTY_MS):
        return False
    await Seal.bulk_create([Seal(position=chain.position, hash=chain.hash, at_ms=work.now_ms)], ignore_conflicts=True)
    return True


@unit_of_work
async def prune(work: Work, caller: Caller, before_ms: int) -> tuple[int, int]:
    """Takes out the events that were sealed before `before_ms` (Unix ms) and that nobody needs any more.

    Returns up to which position, and how many. What was kept of them is signed off by a PRUNED event, with the chain's
    hash there. Raises InvalidInput where nothing was sealed before that time, and does nothing where that is gone.
    """
    await work.hold_time()
    seal = await Seal.filter(at_ms__lt=before_ms).order_by("-position").first()
    if seal is None:
        raise InvalidInput("before", "Nothing of the journal was sealed before that time.")
    pruned = (await Head.get()).pruned
    if seal.position <= pruned:
        return pruned, 0
    count = await statements.prune(work.connection, seal.position)
    kept = hashlib.sha256()
    async for events in pages(Event.filter(position__lte=seal.position), "position"):
        for event in events:
            kept.update(event.record)
    await Head.all().update(pruned=seal.position)
    told: dict[str, object] = {
        "through": seal.position,
        "hash": bytes(seal.hash).hex(),
        "kept": kept.hexdigest(),
    }
    work.journalled(EventKind.PRUNED, told)
    return seal.position, count


@unit_of_work
async def renew(work: Work, caller: Caller) -> None:
    """Gives the journal a new identity, after the database was restored: every cursor from before is RESYNC."""
    await Head.all().update(journal_id=new_journal_id())


@unit_of_work
async def forget_requests(work: Work, caller: Caller, before_ms: int) -> int:
    """Forgets outcomes of requests that were done before `before_ms` (Unix ms); a key may then be used anew.

    Returns how many; at most a thousand at once, so that no writer waits for long.
    """
    old = Idempotency.filter(created_at_ms__lt=before_ms).limit(FORGOTTEN_AT_ONCE)
    ids = await old.values_list("id", flat=True)
    await Idempotency.filter(id__in=list(ids)).delete()
    return len(ids)
