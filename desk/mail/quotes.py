"""What a mail quotes at its end is folded away, for display only: the whole text is kept.

The libraries for it took more than 8 s for 60 kB of "On On On", and cut sentences that had From: in them.
"""

from __future__ import annotations

import re

from desk.mail.bounds import MailBounds

FORWARD = re.compile(
    r"(?:-{2,}|_{2,}) ?(?:Forwarded (?:message|mail)|Weitergeleitete Nachricht|Message transféré|Mensaje reenviado"
    r"|Messaggio inoltrato|Doorgestuurd bericht|Mensagem encaminhada|Vidarebefordrat meddelande"
    r"|Пересылаемое сообщение)\b|Begin forwarded message:|Anfang der weitergeleiteten Nachricht:"
    r"|Début du message (?:réexpédié|transféré) ?:",
    re.IGNORECASE,
)
SEPARATOR = re.compile(
    r"-{3,} ?(?:Original[ -](?:Message|Mail|Nachricht)|Originalmeddelande|Ursprüngliche (?:Nachricht|E-Mail)"
    r"|Message d[’']origine|Mensaje original|Messaggio originale|Oorspronkelijk bericht|Mensagem original"
    r"|Oprindelig meddelelse|Ursprungligt meddelande|Opprinnelig melding|Alkuperäinen viesti|Wiadomość oryginalna"
    r"|Исходное сообщение|原始邮件|元のメッセージ) ?-{3,}$",
    re.IGNORECASE,
)
OPENER = re.compile(r"(?:On|Am|Le|El|Il|Op|Den|Em|Dnia|W dniu|På|在|\d{4})\b|在", re.IGNORECASE)
WROTE = re.compile(
    r"wrote|schrieb|a écrit|escribi[óo]|ha scritto|schreef|skrev|escreveu|napisał|kirjoitti|написал|写道", re.IGNORECASE
)
DATE_OR_ADDRESS = re.compile(r"\d|@")
TIME_OR_ADDRESS = re.compile(r"\d[:.]\d\d|@")
FROM = re.compile(r"\*?(?:From|Von|De|Da|Van|Från|Fra|Lähettäjä|Od|От|发件人|差出人)\*? ?[:：].*@", re.IGNORECASE)
SENT = re.compile(
    r"\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviad[oa](?: el| em)?|Fecha|Inviato|Data|Verzonden|Skickat|Sendt|Lähetetty"
    r"|Wysłano|Отправлено|Дата|发送时间|日期|送信日時)\*? ?[:：]",
    re.IGNORECASE,
)
HEADER_LINES = 3
"""How far after From: its Sent: may stand."""
RULE = re.compile(r"_*")
"""An empty line, or the one that Outlook draws above the original."""


def without_quote(text: str, bounds: MailBounds) -> str:
    """The text without what it quotes at its end; all of it where nothing else would be left.

    Quotes with answers between them stay, and so does all of a forwarded mail.
    """
    lines = text.split("\n")
    seen = [line[: bounds.quote_chars].strip() for line in lines[: bounds.quote_lines]]
    start = _start_of_quote(seen, all_seen=len(seen) == len(lines))
    if start is None:
        return text
    while start and RULE.fullmatch(seen[start - 1]):
        start -= 1
    return "\n".join(lines[:start]) or text


def _start_of_quote(lines: list[str], all_seen: bool) -> int | None:
    answer = max((number for number, line in enumerate(lines) if line and not line.startswith(">")), default=-1)
    answered = max((number for number in range(answer) if lines[number].startswith(">")), default=-1)
    for number, line in enumerate(lines):
        if FORWARD.match(line):
            return None
        if _begins_original(lines, number) or (number > answered and _attributes(lines, number)):
            return number
    if not all_seen or not any(lines[answer + 1 :]):
        return None
    return answer if answer >= 0 and _names_author(lines[answer]) else answer + 1


def _begins_original(lines: list[str], number: int) -> bool:
    """Says whether an original mail is pasted from here: a line that says so, or From: with Sent: below it."""
    if SEPARATOR.match(lines[number]):
        return True
    below = lines[number + 1 : number + 1 + HEADER_LINES]
    return FROM.match(lines[number]) is not None and any(SENT.match(line) for line in below)


def _attributes(lines: list[str], number: int) -> bool:
    """Says whether these one or two lines say that somebody wrote at some time."""
    if not OPENER.match(lines[number]):
        return False
    two = f"{lines[number]} {lines[number + 1]}" if number + 1 < len(lines) else ""
    return any(
        line.endswith((":", "：")) and WROTE.search(line) and TIME_OR_ADDRESS.search(line)
        for line in (lines[number], two)
    )


def _names_author(line: str) -> bool:
    """Says whether a line above a quote introduces it, in whatever language."""
    return line.endswith((":", "：")) and DATE_OR_ADDRESS.search(line) is not None
