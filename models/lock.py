"""The lock of a ticket: a lease with one holder, an expiry and a fencing token that grows with each grant."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tortoise import fields

from models.errors import LockLost, TicketLocked
from models.event import EventKind
from models.stored import Stored

if TYPE_CHECKING:
    from models.ticket import Ticket
    from models.work import Work


class Lease(Stored):
    """The columns and verbs of the lock, part of every ticket.

    Expiry is a fact of time: an overdue lease holds nobody back, whether or not LOCK_EXPIRED was written yet.
    """

    lock_holder = fields.CharField(max_length=200, null=True)
    lock_expires_at_ms = fields.BigIntField(null=True, db_index=True)
    lock_token = fields.BigIntField(default=0)

    class Meta:
        abstract = True

    def holder_at(self, now_ms: int) -> str | None:
        """Who holds the ticket at `now_ms` (Unix ms), or None."""
        expires_at_ms = self.lock_expires_at_ms
        return self.lock_holder if expires_at_ms is not None and expires_at_ms > now_ms else None

    def admit(self, work: Work, token: str | None) -> None:
        """Lets the actor change the ticket now, or raises LockLost (the token) or TicketLocked (the holder)."""
        holder = self.holder_at(work.now_ms)
        self._check_token(holder, token)
        if holder is not None and holder != work.actor:
            raise TicketLocked(holder, self.lock_expires_at_ms or 0)

    def _check_token(self, holder: str | None, token: str | None) -> None:
        if token is not None and (holder is None or token != str(self.lock_token)):
            raise LockLost

    def lock(self, work: Work, lease_ms: int) -> None:
        """Grants the lease to the actor under a new token; the holder's earlier token is lost with it."""
        self.admit(work, None)
        self.lock_token += 1
        self._lease_to(work.actor, work.now_ms + lease_ms)
        work.happened(EventKind.LOCKED, self._ticket)

    def renew(self, work: Work, token: str, lease_ms: int) -> None:
        """Moves the expiry to now + `lease_ms` and keeps the token."""
        self.admit(work, token)
        self._lease_to(work.actor, work.now_ms + lease_ms)
        work.happened(EventKind.LOCK_RENEWED, self._ticket)

    def unlock(self, work: Work, token: str | None, *, force: bool = False, reason: str | None = None) -> None:
        """Frees the lock; a ticket that is free already stays as it is. `force` frees another's, and says why."""
        self._admit_giver(work, token, force)
        if self.lock_holder is not None:
            self.free()
            work.happened(EventKind.UNLOCKED, self._ticket, reason=reason)

    def hand_over(
        self, work: Work, to: str, token: str | None, lease_ms: int, *, force: bool = False, reason: str | None = None
    ) -> None:
        """Grants the lease to somebody else in place of its holder, under a new token, which they get by locking.

        Raises LockLost where there is no lock to hand over. `force` hands over another's, and says why.
        """
        self._admit_giver(work, token, force)
        if self.lock_holder is None:
            raise LockLost
        if self.lock_holder != to:
            self.lock_token += 1
            self._lease_to(to, work.now_ms + lease_ms)
            work.happened(EventKind.LOCKED, self._ticket, reason=reason)

    def _admit_giver(self, work: Work, token: str | None, force: bool) -> None:
        if force:
            self._check_token(self.holder_at(work.now_ms), token)
        else:
            self.admit(work, token)

    def expire(self, work: Work) -> None:
        """Writes down that an overdue lease ended; any other is left alone."""
        if self.lock_holder is not None and self.holder_at(work.now_ms) is None:
            self.free()
            work.happened(EventKind.LOCK_EXPIRED, self._ticket, actor="system")

    def free(self) -> None:
        """Ends the lease without an event of its own: part of a decision or a closing."""
        self._lease_to(None, None)

    @property
    def _ticket(self) -> Ticket:
        return cast("Ticket", self)  # every lease is a ticket's

    def _lease_to(self, holder: str | None, expires_at_ms: int | None) -> None:
        self.lock_holder, self.lock_expires_at_ms = holder, expires_at_ms
