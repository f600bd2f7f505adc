"""What can be seen wrong with an open page; each function gives a list of complaints."""

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}
LEAST_TEXT = 11.4
"""Pixels. 13 px in a drawing 344 px wide are 11.5 px where the window is 320 px wide."""

LINE = 12
"""Pixels. One line can hold stops in letters of two sizes, whose tops lie so far apart."""

A4 = (595, 842)
"""Width and height in points, rounded."""

TEXT_SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }
"""
"""The spacing of WCAG 1.4.12 that a reader may set without losing anything."""

STOPS = """() => [...document.querySelectorAll('a[href], summary, [tabindex="0"]')]
    .filter(stop => stop.checkVisibility({visibilityProperty: true}))"""

FOCUSED = f"""() => {{
    const stop = document.activeElement, style = getComputedStyle(stop);
    const box = [...stop.getClientRects()].find(box => box.width && box.height);
    const stops = ({STOPS})();
    if (!box || stop === document.body) return {{place: -1, number: stops.length}};
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
    const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
    const hit = left < right && top < bottom
        ? document.elementFromPoint((left + right) / 2, (top + bottom) / 2) : null;
    return {{
        place: stops.indexOf(stop),
        number: stops.length,
        name: (stop.getAttribute('aria-label') || stop.innerText).slice(0, 50),
        tag: stop.tagName,
        top: box.top + scrollY,
        isSeen: hit !== null && stop.contains(hit),
        ring: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        isOpen: stop.parentElement.open === true,
    }};
}}"""

WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [
    `the page is ${document.documentElement.scrollWidth} px wide in a window of ${innerWidth} px`,
    ...[...document.querySelectorAll('body *')]
        .filter(each => each.getBoundingClientRect().right > innerWidth + 1
            && !each.parentElement.closest('.scroll, svg'))
        .map(each => `${each.tagName} ${each.getAttribute('class')} reaches beyond it`)]"""

SMALL_TEXTS = f"""() => [...document.querySelectorAll('svg text')]
    .filter(text => text.checkVisibility() && text.textContent.trim())
    .map(text => [text.textContent,
        parseFloat(getComputedStyle(text).fontSize) * Math.abs(text.getScreenCTM().d)])
    .filter(([words, size]) => size < {LEAST_TEXT})
    .map(([words, size]) => `“${{words}}” is ${{size.toFixed(1)}} px high`)"""

RUNNING_FOOT = "getComputedStyle(document.documentElement).getPropertyValue('--running-foot')"
"""What stands at the foot of every printed sheet."""


def violations(page: Page) -> list[str]:
    """Ask axe-core, with everything unfolded that can be."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page, options=AXE).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """Name what makes the page wider than its window."""
    return page.evaluate(WIDER)


def small_texts(page: Page) -> list[str]:
    return page.evaluate(SMALL_TEXTS)


def keyboard_walk(page: Page, one_column: bool) -> list[str]:
    """Go by Tab through all stops, unfolding what can be unfolded, and once beyond the last.

    Where the page is one column, each stop lies below the one before or beside it.
    """
    complaints: list[str] = []
    before = {"place": -1, "top": 0.0, "number": page.evaluate(FOCUSED)["number"]}
    while before["place"] + 1 < before["number"]:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["place"] != before["place"] + 1:
            return [*complaints, f"{stop} came after {before}"]
        complaints += _seen_wrong(stop)
        if one_column and stop["top"] < before["top"] - LINE:
            complaints.append(f"“{stop['name']}” lies above the stop before it")
        if stop["tag"] == "SUMMARY":
            page.keyboard.press("Space")
            stop = page.evaluate(FOCUSED)
            if not stop["isOpen"]:
                complaints.append(f"“{stop['name']}” does not open by the space bar")
        before = stop
    page.keyboard.press("Tab")
    if page.evaluate(FOCUSED)["place"] == before["place"]:
        complaints.append("the last stop keeps the focus")
    return complaints


def _seen_wrong(stop: dict[str, Any]) -> list[str]:
    wrong = []
    if not stop["isSeen"]:
        wrong.append(f"“{stop['name']}” has the focus and is covered or out of sight")
    if stop["ring"] < 2:
        wrong.append(f"“{stop['name']}” has the focus and no ring")
    return wrong


def sheets(pdf: bytes) -> list[tuple[int, int]]:
    """Give the size of each sheet in points."""
    pages = re.findall(rb"/Type /Page\b.*?endobj", pdf, re.DOTALL)
    boxes = (re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page) for page in pages)
    return [(round(float(box[1])), round(float(box[2]))) for box in boxes if box]
