"""bench/chart.svg: for each work a bar per server, as long as its share of the fastest."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Final

from bench.results import Results, shown
from bench.rows import NAMES, ROWS

FILE = Path(__file__).resolve().parent / "chart.svg"
SHOWN: Final = ("list-same", "list-never-same", "latest-hot", "latest-each-once", "update", "fan-out")
SERVERS: Final = ("desk", "mercurius", "yoga", "raw", "bun")
WIDTH, LEFT, LONGEST = 760, 118, 540
BAR, GAP = 13, 17
STYLE: Final = """
text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #57606a }
.work { font-weight: 600; fill: #1f2328 }
.bar { fill: #c3cad2 } .desk { fill: #0969da } .limit { fill: none; stroke: #8c959f; stroke-dasharray: 3 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .work { fill: #e6edf3 }
  .bar { fill: #3d444d } .desk { fill: #4493f8 } .limit { stroke: #768390 }
}"""


def draw(results: Results) -> None:
    """Draws what was measured; a dashed bar is a limit that answers no GraphQL."""
    works = [_work(name, results) for name in SHOWN if name in results]
    tops = list(accumulate((height for _, height in works), initial=0))
    drawn = (f'<g transform="translate(0 {top})">{work}</g>' for (work, _), top in zip(works, tops, strict=False))
    FILE.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tops[-1]}" role="img"'
        f' aria-label="Guichet beside Mercurius and Yoga"><style>{STYLE}\n</style>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _work(name: str, results: Results) -> tuple[str, int]:
    """One work, drawn from 0 on, and its height."""
    row, top = ROWS[name], 22
    figures = {server: median(values) for server, values in results[name].figures.items() if server in SERVERS}
    lines = [f'<text class="work" y="14">{row.title} – {row.unit}</text>']
    for server in filter(figures.__contains__, SERVERS):
        kind = "desk" if server == "desk" else "limit" if server in ("raw", "bun") else "bar"
        length = max(2, round(LONGEST * figures[server] / max(figures.values())))
        lines += [
            f'<text x="{LEFT - 8}" y="{top + 11}" text-anchor="end">{NAMES[server]}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{top + 0.5}" width="{length}" height="{BAR}" rx="2"/>',
            f'<text x="{LEFT + length + 7}" y="{top + 11}">{shown(figures[server])}</text>',
        ]
        top += GAP
    return "\n".join(lines), top + 12
