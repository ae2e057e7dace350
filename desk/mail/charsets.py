"""Text out of bytes, whatever charset they claim to be in."""

from __future__ import annotations

import re

from models.bounds import UNSTORABLE

MEANT = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf8": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-gb2312": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
}
"""What senders mean by what they name: the larger set, which holds the named one (WHATWG Encoding, 4.2)."""
NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
"""What Python decodes by, and no mail is written in."""
NAME = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,39}")

LINE_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
"""Controls, line ends, and what turns the direction of the text after it around."""
TEXT_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
BLANKS = re.compile(r"\s+")


def decoded(data: bytes, charset: str | None = None) -> str:
    """The text of `data`: by the named charset, else UTF-8, else by the named one as far as it goes."""
    named = (charset or "us-ascii").strip(" \"'").lower()
    codec = MEANT.get(named, named)
    if not NAME.fullmatch(codec) or codec.replace("-", "_") in NO_CHARSETS:
        codec = "utf-8"
    for attempt in (codec, "utf-8"):
        try:
            return _storable(data.decode(attempt))
        except (LookupError, ValueError):  # UnicodeError is a ValueError
            continue
    try:
        return _storable(data.decode("cp1252" if codec == "utf-8" != named else codec, "replace"))
    except (LookupError, ValueError):
        return _storable(data.decode("cp1252", "replace"))


def one_line(text: str) -> str:
    """Without controls and with single blanks, so that it fits a heading."""
    return BLANKS.sub(" ", LINE_CONTROLS.sub(" ", text)).strip()


def lines_of(text: str) -> str:
    """With lines ended by \\n and no other control but tabs, without blank lines around it."""
    text = TEXT_CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def _storable(text: str) -> str:
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text) if not text.isascii() or "\0" in text else text
