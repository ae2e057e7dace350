"""A mail out of its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from desk.mail.attachments import attachments, body
from desk.mail.bounds import MailBounds
from desk.mail.charsets import decoded, lines_of
from desk.mail.heading import Context, heading
from desk.mail.html import as_text, sanitised, too_large, without_tags
from desk.mail.mail import Mail, Part
from desk.mail.quotes import without_quote
from desk.mail.report import OF_REPORTS, report
from desk.mail.structure import Leaf, Opened

HTML_TOO_LONG = "Its HTML took too much time or memory to read: it is an attachment."
TAGGED = 2
"""How many times as long as a text may be its HTML is, as far as it is read for that."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail but for its HTML. `mail` holds that as its last attachment, and will do where reading it fails."""

    mail: Mail
    html: str
    """May be empty."""
    has_text: bool
    """Whether the mail brings a text of its own beside the HTML."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Markup:
    """What the HTML of a draft changes in its mail."""

    html: str | None
    """None where it remains an attachment."""
    text: str
    shown: str
    unparsed: str | None

    def put_into(self, mail: Mail) -> Mail:
        """The mail of a draft with its HTML."""
        parts = mail.parts if self.html is None else mail.parts[:-1]
        return replace(mail, html=self.html, text=self.text, shown=self.shown, parts=parts, unparsed=self.unparsed)


def parse(raw: bytes, context: Context) -> Mail:
    """Reads a mail, and never raises: what cannot be read is left out, and `unparsed` says why.

    It takes its time and memory in this process; Reader.read bounds both.
    """
    draft = drafted(raw, context)
    return marked_up(draft, context.bounds).put_into(draft.mail) if draft.html else draft.mail


def drafted(raw: bytes, context: Context) -> Draft:
    """The first half of `parse`: all but the HTML."""
    try:
        return _drafted(raw, context)
    except Exception as error:  # whatever a stranger wrote, the next mail is read
        return Draft(header_only(raw, context, f"It cannot be read: {type(error).__name__}."), "", False, ())


def marked_up(draft: Draft, bounds: MailBounds) -> Markup:
    """The second half of `parse`: the HTML of a draft that has some. It may take long."""
    mail = draft.mail
    try:
        return _marked_up(draft, bounds)
    except Exception as error:
        problem = f"Its HTML cannot be read: {type(error).__name__}."
        return Markup(None, mail.text, mail.shown, _sentences([*draft.reasons, problem]))


def header_only(raw: bytes, context: Context, reason: str) -> Mail:
    """The mail without what is below its header, in a time that the bounds of a header bound."""
    try:
        opened = Opened(raw, context.bounds, header_only=True)
        mail = heading(opened.fields, [opened.body()], len(raw), context)
        return replace(mail, unparsed=_sentences([*opened.reasons, reason]))
    except Exception:
        return replace(heading({}, [raw], len(raw), context), unparsed=reason)


def _drafted(raw: bytes, context: Context) -> Draft:
    bounds = context.bounds
    opened = Opened(raw, bounds, context.size)
    reported = report(opened.leaves) if opened.media_type == "multipart/report" else None
    leaves = [leaf for leaf in opened.leaves if reported is None or leaf.media_type not in OF_REPORTS]
    plain_body, html_body = body(leaves, "text/plain"), body(leaves, "text/html")
    html = decoded(html_body.data, html_body.charset).strip() if html_body else ""
    own_text = lines_of(decoded(plain_body.data, plain_body.charset)) if plain_body else ""
    text, reasons = _bounded(own_text or without_tags(html[: TAGGED * bounds.text_bytes]), bounds)
    parts = [*attachments(leaves, (plain_body, html_body), html)]
    if len(parts) > bounds.attachment_count:
        reasons.append(f"It has more than {bounds.attachment_count} attachments: the others were left out.")
        del parts[bounds.attachment_count :]
    if html_body and html:
        parts.append(Part("message.html", "text/html", None, False, html_body.data))
    reasons = [*opened.reasons, *reasons]
    mail = replace(
        heading(opened.fields, [_unended(leaf) for leaf in opened.leaves], len(raw), context),
        text=text,
        shown=without_quote(text, bounds),
        parts=tuple(parts),
        report=reported,
        unparsed=_sentences([*reasons, HTML_TOO_LONG] if html else reasons),
    )
    return Draft(mail, html, bool(own_text), tuple(reasons))


def _marked_up(draft: Draft, bounds: MailBounds) -> Markup:
    mail, reasons = draft.mail, draft.reasons
    if problem := too_large(draft.html, bounds):
        return Markup(None, mail.text, mail.shown, _sentences([*reasons, problem]))
    safe = sanitised(draft.html)
    if len(safe.encode()) > bounds.text_bytes:  # tags left open are repeated in every paragraph
        problem = f"Its HTML is longer than {bounds.text_bytes} bytes when all is closed."
        return Markup(None, mail.text, mail.shown, _sentences([*reasons, problem]))
    text, cut = (mail.text, []) if draft.has_text else _bounded(as_text(draft.html), bounds)
    return Markup(safe, text, without_quote(text, bounds), _sentences([*reasons, *cut]))


def _bounded(text: str, bounds: MailBounds) -> tuple[str, list[str]]:
    """The text as long as it may be, and what was left out of it, if anything."""
    data = text.encode()
    if len(data) <= bounds.text_bytes:
        return text, []
    cut = data[: bounds.text_bytes].decode(errors="ignore")
    return cut, [f"Its text is longer than {bounds.text_bytes} bytes: the rest was left out."]


def _unended(leaf: Leaf) -> bytes:
    """A part's bytes for the fingerprint: line ends, and those after a text, change on the way."""
    return leaf.data.replace(b"\r\n", b"\n").rstrip() if leaf.media_type.startswith("text/") else leaf.data


def _sentences(reasons: Sequence[str]) -> str | None:
    return " ".join(dict.fromkeys(reasons)) or None
