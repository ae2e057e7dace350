"""HTML that a stranger wrote: made safe for the page, and made text.

Both libraries fail on what is nested too deep (20,000 levels cost nh3 2.5 s, inscriptis returns nothing from 300 on),
so that is measured first.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import inscriptis
import nh3

from desk.mail.bounds import MailBounds
from desk.mail.charsets import lines_of

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
"""What has no inside (HTML, 13.1.2)."""
CLOSED_BY_NEXT = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "tfoot"})
"""What may be left open, so that the next of them closes it (HTML, 13.1.2.4)."""
HIDDEN = re.compile(r"<(script|style|title)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
BREAKS = re.compile(r"<(?:br|/?(?:p|div|li|tr|h\d|blockquote|table|ul|ol))\b[^<>]*>", re.IGNORECASE)
TAGS = re.compile(r"<[!/?a-z][^<>]*>", re.IGNORECASE)


class TooDeep(Exception):
    """There are more levels than may be."""


class Levels(HTMLParser):
    """Counts how deep HTML is nested. Raises TooDeep."""

    def __init__(self, most: int) -> None:
        super().__init__(convert_charrefs=False)
        self._most = most
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in VOID:
            return
        if tag in CLOSED_BY_NEXT:
            while self._open and self._open[-1] in CLOSED_BY_NEXT:
                self._open.pop()
        self._open.append(tag)
        if len(self._open) > self._most:
            raise TooDeep

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass


def _attribute(tag: str, name: str, value: str) -> str | None:
    """No picture but the mail's own: one from elsewhere tells its server that the mail was read."""
    if name not in ("src", "href"):
        return value
    return value if value.strip().lower().startswith("cid:") == (tag == "img") else None


CLEANER = nh3.Cleaner(
    url_schemes={"https", "http", "mailto", "cid"},
    url_relative="deny",  # they would lead into the desk itself
    clean_content_tags={"script", "style", "title"},
    attribute_filter=_attribute,
)


def too_large(html: str, bounds: MailBounds) -> str | None:
    """Why this HTML is not for the libraries, if so."""
    if len(html.encode()) > bounds.html_bytes:
        return f"Its HTML is longer than {bounds.html_bytes} bytes."
    try:
        Levels(bounds.html_levels).feed(html)
    except TooDeep:
        return f"Its HTML is nested deeper than {bounds.html_levels} levels."
    except Exception:  # AssertionError and the like, for declarations that are none
        return "Its HTML cannot be read."
    return None


def sanitised(html: str) -> str:
    """What may stand in the page. Links open without telling where from; pictures are `cid:` ones."""
    return CLEANER.clean(html)


def as_text(html: str) -> str:
    """The text of the HTML, laid out as a browser would."""
    return lines_of(inscriptis.get_text(html))


def without_tags(html: str) -> str:
    """The text of the HTML as far as it goes, at the cost of its length alone."""
    return lines_of(unescape(TAGS.sub("", BREAKS.sub("\n", HIDDEN.sub("", html)))))
