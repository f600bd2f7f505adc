"""SVG as Vega writes it, made small enough for a page of many drawings and safe beside others.

Vega wraps each mark in groups with empty backgrounds, roles for screen readers and a font of its
own. A drawing of the report is one image with one alternative text, in the font of the page, and
holds no id, so that forty of them stand on one page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from markupsafe import Markup

DRAWN = "drawn"
"""Role of the marks that are kept; the words after it are their classes."""
_MARKS = re.compile(rf"role-{DRAWN} (.+)")
_PLACE = ("transform", "d", "x", "y", "dy", "x2", "y2", "width", "height")
_LOOK = (
    "fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor",
    "stroke-linejoin", "stroke-linecap", "paint-order",
)  # fmt: skip
# The outline of a text lies under its letters, so that a line behind them does not cross them out.
_HALO = {"paint-order": "stroke", "stroke-linejoin": "round"}
# A disc as Vega writes it, around the place it is moved to: 97 characters where a circle has 37.
_DISC = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0")
_MOVED = re.compile(r"translate\(([^,]+),([^)]+)\)")
_NOWHERE = ("0", "translate(0,0)")
_SVG = "{http://www.w3.org/2000/svg}"
_FRACTION = re.compile(r"-?\d+\.\d+")


def cleaned(svg: str, attributes: Mapping[str, str]) -> Markup:
    """Write a drawing of Vega anew: shapes, texts and looks, with ``attributes`` on the outside."""
    old = ElementTree.fromstring(svg)
    groups = list(old.iter(f"{_SVG}g"))
    new = Element("svg", {**attributes, "viewBox": old.attrib["viewBox"], "fill": "none"})
    plot = SubElement(new, "g", {"transform": groups[0].attrib["transform"]})
    for group in groups:
        if found := _MARKS.search(group.get("class", "")):
            shapes = [_kept(shape) for shape in group]
            SubElement(plot, "g", {"class": found[1]} | _shared_looks(shapes)).extend(shapes)
    return Markup(ElementTree.tostring(new, encoding="unicode").replace(" />", "/>"))


def _kept(old: Element) -> Element:
    tag = old.tag.removeprefix(_SVG)
    placed = {name: _short(old.attrib[name]) for name in _PLACE if name in old.attrib}
    disc, moved = _DISC.fullmatch(placed.get("d", "")), _MOVED.match(placed.get("transform", ""))
    if disc and moved:
        tag, placed = "circle", {"cx": moved[1], "cy": moved[2], "r": disc[1]}
    places = {name: place for name, place in placed.items() if place not in _NOWHERE}
    looks = {name: old.attrib[name] for name in _LOOK if name in old.attrib}
    new = Element(tag, places | looks | (_HALO if tag == "text" and "stroke" in looks else {}))
    new.text = old.text
    return new


def _shared_looks(children: list[Element]) -> dict[str, str]:
    """Take from all shapes of a group what they have in common: shorter, and CSS can set it."""
    shared = {}
    for name in _LOOK:
        values = {child.get(name) for child in children}
        if len(values) == 1 and None not in values:
            shared[name] = values.pop()
            for child in children:
                del child.attrib[name]
    return shared


def _short(place: str) -> str:
    return _FRACTION.sub(lambda found: f"{round(float(found[0]), 1):g}", place)
