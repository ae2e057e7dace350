"""`guichet mail worker`: reads and sends mail for Temporal."""

from __future__ import annotations

import os
import sys

from desk.settings import Settings
from desk.terminal import run, sorry


def worker(*, settings: Settings = Settings()) -> int:  # noqa: B008
    """Read and send the mail that workflows of Temporal ask for, until it is told to stop."""
    try:
        from desk.mail.temporal import work
    except ModuleNotFoundError as error:
        if error.name != "temporalio":
            raise
        return sorry("Temporal is not installed here: pip install 'guichet[temporal]'")
    code = run(work(settings))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Temporal's threads may abort a process that Python takes down
