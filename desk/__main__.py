"""`python -m desk` is `guichet`."""

from desk.cli import main

main()
