"""The process that reads mails: one after the other from its input, until that ends. Reader starts it."""

from __future__ import annotations

import contextlib
import pickle
import sys
from typing import BinaryIO

from desk.mail.parse import drafted, marked_up

LENGTH_BYTES = 8
"""Each pickle is preceded by its length."""


def main() -> None:
    """Answers each (raw mail, Context) with (its Mail, whether HTML follows), and then with its Markup."""
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever libraries print is no answer
    send(answers, None)  # it is there
    while length := source.read(LENGTH_BYTES):
        raw, context = pickle.loads(source.read(int.from_bytes(length)))
        _hold_memory(context.bounds.worker_bytes)
        draft = drafted(raw, context)
        send(answers, (draft.mail, bool(draft.html)))
        if draft.html:
            send(answers, marked_up(draft, context.bounds))


def send(answers: BinaryIO, value: object) -> None:
    """Writes one pickle."""
    answers.write(packed(value))
    answers.flush()


def packed(value: object) -> bytes:
    """A pickle with its length in front."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(LENGTH_BYTES) + data


def _hold_memory(most: int) -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has none, macOS refuses
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
