"""`python -m bench`: every row of the table, or one, the desk beside its peers."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from contextlib import ExitStack

import uvloop

from bench import chart, results
from bench.material import KEPT
from bench.results import Measured
from bench.rows import ROWS
from bench.running import Run

ROUNDS = 5
"""So many rounds make a result; what fewer measured, or who was watched, is shown and not kept."""


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--row", action="append", help="one row only; may be given again")
    options.add_argument("--rounds", type=int, default=ROUNDS, help=f"with fewer than {ROUNDS} nothing is written")
    options.add_argument("--seconds", type=float, default=1.5, help="how long each server works in each round")
    options.add_argument("--profile", action="store_true", help="py-spy at the desk, into bench/.data/profiles")
    chosen = options.parse_args()
    if unknown := set(chosen.row or ()) - ROWS.keys():
        sys.exit(f"There is no row {', '.join(sorted(unknown))}; the rows are {', '.join(ROWS)}.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    measured: results.Results = {}
    with ExitStack() as stack:
        run = Run(chosen.rounds, chosen.seconds, stack, KEPT / "profiles" if chosen.profile else None)
        for name in chosen.row or ROWS:
            began, run.row = time.monotonic(), name
            measured[name] = Measured.now(chosen.seconds, uvloop.run(ROWS[name].measure(run)))
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
            if chosen.rounds >= ROUNDS and not chosen.profile:
                known = results.kept() | measured
                results.keep({name: known[name] for name in ROWS if name in known})
                chart.draw(results.kept())
    print(results.page(measured))


if __name__ == "__main__":
    main()
