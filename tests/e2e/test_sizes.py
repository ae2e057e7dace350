"""What a browser fetches before it shows the page stays small."""

from __future__ import annotations

import gzip
import re

from desk.page import BUILT

MOST_SCRIPT, MOST_STYLE = 180_000, 20_000


def packed(suffix: str) -> int:
    """The bytes, gzipped, of all files of a kind that the page's document names."""
    names = re.findall(rf'"/(assets/[^"]+\.{suffix})"', (BUILT / "index.html").read_text())
    assert names
    return sum(len(gzip.compress((BUILT / name).read_bytes())) for name in set(names))


def test_the_page_is_small_enough_to_be_there_at_once() -> None:
    assert packed("js") <= MOST_SCRIPT
    assert packed("css") <= MOST_STYLE
