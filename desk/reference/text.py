"""Text into HTML: the little of Markdown that descriptions and our own pages use."""

from __future__ import annotations

import re
from html import escape
from typing import Final

INLINE: Final = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)")
FENCE: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def inline(text: str) -> str:
    """One line: `code`, **strong** and [links](to)."""
    parts, end = [], 0
    for found in INLINE.finditer(text):
        code, strong, label, address = found.groups()
        parts.append(escape(text[end : found.start()]))
        if code is not None:
            parts.append(f"<code>{escape(code)}</code>")
        elif strong is not None:
            parts.append(f"<strong>{escape(strong)}</strong>")
        else:
            parts.append(f'<a href="{escape(address)}">{escape(label)}</a>')
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def code(text: str, label: str) -> str:
    """A block of code, which can be scrolled by keys."""
    return f'<pre tabindex="0" role="region" aria-label="{escape(label)}"><code>{escape(text.strip())}</code></pre>'


def blocks(markdown: str) -> str:
    """Headings, paragraphs, lists of one level, and fenced code."""
    parts, end = [], 0
    for fence in FENCE.finditer(markdown):
        parts.append(_prose(markdown[end : fence.start()]))
        parts.append(code(fence[2], fence[1]))
        end = fence.end()
    return "\n".join([*parts, _prose(markdown[end:])])


def slug(heading: str) -> str:
    """A heading as the anchor that links point to."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _prose(text: str) -> str:
    return "\n".join(_block(part) for part in re.split(r"\n\s*\n", text.strip()) if part)


def _block(text: str) -> str:
    if heading := re.fullmatch(r"(#+) (.*)", text):
        level, words = len(heading[1]), heading[2]
        return f'<h{level} id="{slug(words)}">{inline(words)}</h{level}>'
    if text.startswith("- "):
        items = re.split(r"^- ", text, flags=re.MULTILINE)[1:]
        return f"<ul>{''.join(f'<li>{inline(item.strip())}</li>' for item in items)}</ul>"
    return f"<p>{inline(text)}</p>"
