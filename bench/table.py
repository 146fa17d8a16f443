"""The goals, and the table that holds the figures against them."""

from __future__ import annotations

from dataclasses import dataclass

from bench.measures import WHOLE, Figures


@dataclass(frozen=True)
class Goal:
    """One row: what is measured, and its bound as a multiple of a floor's figure or as a number of its unit."""

    title: str
    key: str
    unit: str = "ms"
    most: float | None = None
    least: float | None = None
    #: Bound as a multiple of the same figure of this floor, or of another figure of our own.
    times: float | None = None
    of: str = "pygls"
    of_key: str = ""


GOALS = (
    Goal("process start → initialize answered", "start", times=0.4),
    Goal("… processor time", "start processor", times=0.4),
    Goal("process start → first problems of a file opened at once", "start to problems", times=0.45),
    Goal("… processor time", "start to problems processor", times=0.45),
    Goal("idle memory with one file open", "memory", "MiB", times=0.9),
    Goal("memory growth over 5,000 edits", "growth %", "%", most=10),
    Goal("didOpen → problems, 1,000 lines", "open 1k", most=10),
    Goal("didOpen → problems, 10,000 lines", "open 10k", most=80),
    Goal("one character → problems, 1,000 lines (long list)", "change 1k", most=3),
    Goal("one character → problems, 10,000 lines (long list)", "change 10k", most=4),
    Goal("… growth from 1,000 to 10,000 lines", "change 10k", times=1.5, of="ctys-ls", of_key="change 1k"),
    Goal("one character inside that list, 1,000 lines", "change inside 1k", most=3),
    Goal("one character inside that list, 10,000 lines", "change inside 10k", most=4),
    Goal(
        "… growth from 1,000 to 10,000 lines",
        "change inside 10k",
        times=1.5,
        of="ctys-ls",
        of_key="change inside 1k",
    ),
    Goal("one character → problems, 1,000 lines (notes)", "change 1k notes", most=3),
    Goal("one character → problems, 10,000 lines (notes)", "change 10k notes", most=4),
    Goal(
        "… growth from 1,000 to 10,000 lines",
        "change 10k notes",
        times=1.5,
        of="ctys-ls",
        of_key="change 1k notes",
    ),
    Goal("one character → problems, 1,000 command lines", "change 1k ctys", most=3),
    Goal("one character → problems, 10,000 command lines", "change 10k ctys", most=4),
    Goal("one character → problems, a shell script of 1,000 lines", "change 1k script", most=3),
    Goal("one character → problems, a shell script of 5,000 lines", "change 5k script", most=4),
    Goal("completion p50", "completion 1k", most=0.8, times=0.3),
    Goal("completion p95", "completion p95 1k", most=2),
    Goal("completion p50, 10,000 lines", "completion 10k", times=1.5, of="ctys-ls", of_key="completion 1k"),
    Goal("first completion", "completion first 1k", times=3, of="ctys-ls", of_key="completion 1k"),
    Goal("completion p50 in a command line", "completion 1k ctys", most=0.8),
    Goal("completion p50 in a shell script of 5,000 lines", "completion 5k script", most=0.8),
    Goal("completion p95 in a shell script of 5,000 lines", "completion p95 5k script", most=2),
    Goal("hover p50 in a shell script of 5,000 lines", "hover 5k script", most=0.4),
    Goal("hover p50", "hover 1k", most=0.4, times=0.4),
    Goal("hover p95", "hover p95 1k", most=1),
    Goal("500 × (edit + completion) at once", "burst", most=250, times=0.12),
    Goal("… last answer after the last key", "burst: last answer after the last key", most=100),
    Goal("… every one answered", "burst: answered", "", least=500),
    Goal("… stale ones dropped when cancelled", "cancelled burst: dropped %", "%", least=95),
    Goal("… time when cancelled", "cancelled burst"),
    *(
        Goal(f"{method} of {of}", f"{method} {label}", most=100)
        for label, of in (
            ("10k", "10,000 lines (long list)"),
            ("10k notes", "10,000 lines (notes)"),
            ("5k script", "a shell script of 5,000 lines"),
        )
        for method in WHOLE
    ),
    Goal("10,000 domain files known", "index", most=10_000),
    Goal("… after one has changed", "index after a change", most=20),
    Goal("… memory", "index memory", "MiB", most=200),
)


def render(figures: dict[str, Figures]) -> tuple[str, int]:
    """The table in Markdown, and how many goals are missed."""
    lines = ["| measure | plain asyncio | bare pygls | ctys-ls | goal | |", "|---|---|---|---|---|---|"]
    missed = 0
    for goal in GOALS:
        ours = figures["ctys-ls"][goal.key]
        verdict, good = _verdict(goal, ours, figures)
        missed += not good
        cells = [_number(figures[floor].get(goal.key)) for floor in ("asyncio", "pygls")]
        lines.append(
            f"| {goal.title} | {cells[0]} | {cells[1]} | {_number(ours)} {goal.unit} | {verdict} | {'✓' if good else '✗'} |"
        )
    lines.append("")
    lines.append(
        f"Completion answers have {figures['ctys-ls']['items 1k']:.0f} items; the floors make as many."
    )
    return "\n".join(lines), missed


def _verdict(goal: Goal, ours: float, figures: dict[str, Figures]) -> tuple[str, bool]:
    words, good = [], True
    if goal.most is not None:
        words.append(f"≤ {goal.most:g} {goal.unit}".strip())
        good = good and ours <= goal.most
    if goal.least is not None:
        words.append(f"≥ {goal.least:g} {goal.unit}".strip())
        good = good and ours >= goal.least
    if goal.times is not None:
        measure = figures[goal.of][goal.of_key or goal.key]
        against = (
            "bare pygls" if goal.of == "pygls" else "1,000 lines" if "10k" in goal.key else "the warm one"
        )
        words.append(f"≤ {goal.times:g} × {against} (is {ours / measure:.2f})")
        good = good and ours <= goal.times * measure
    return ", ".join(words) or "–", good


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
