"""The named bounds of a mail that is read. What lies beyond is left out, and the mail says so in `unparsed`."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import BadUserInput


@dataclass(frozen=True)
class MailBounds:
    """Largest sizes of what is read of a mail; all of it is in the raw mail still."""

    mail_bytes: int = 25_000_000
    """Largest mail, bytes; of a larger one only the header is read."""
    mail_seconds: float = 5.0
    """How long one mail may take to read, seconds; past it only its header is."""
    html_seconds: float = 2.0
    """How much of that its HTML may take; past it the HTML is an attachment."""
    worker_bytes: int = 1_073_741_824
    """Most memory of the process that reads, bytes, where the system can bound it; past it as past the time."""
    header_bytes: int = 262_144
    """Largest header of a mail, bytes."""
    field_bytes: int = 65_536
    """Longest field of a header, bytes."""
    parameters_bytes: int = 8_192
    """Longest Content-… field, bytes: reading its parameters takes the square of its length."""
    field_count: int = 1_000
    """Most fields of a header."""
    levels: int = 20
    """Deepest nesting of multiparts."""
    part_count: int = 500
    """Most parts, at all levels together."""
    attachment_count: int = 50
    """Most attachments."""
    text_bytes: int = 1_048_576
    """Longest text, bytes of UTF-8."""
    html_bytes: int = 524_288
    """Longest HTML, bytes of UTF-8; a longer one is an attachment."""
    html_levels: int = 100
    """Deepest nesting of HTML; a deeper one is an attachment."""
    reference_count: int = 100
    """Most Message-IDs that a mail refers to, counted from the newest."""
    participant_count: int = 50
    """Most people in To and Cc together."""
    recipient_count: int = 1_000
    """Most addresses that are looked through for one of ours."""
    quote_lines: int = 5_000
    """How many lines are looked through for what was quoted."""
    quote_chars: int = 400
    """How much of each line is, characters."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise BadUserInput(f"{name} is a number above 0, not {value}.")
