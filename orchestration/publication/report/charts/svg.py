"""SVG as Vega writes it, made small enough for a page of many drawings and safe beside others.

Vega wraps each mark in groups with empty backgrounds, roles for screen readers and a font of its
own. A drawing of the report is one image with one alternative text, in the font of the page, and
holds no id, so that forty of them stand on one page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from markupsafe import Markup

# What the style sheet and the tests of a page call the parts of an axis.
_PARTS_OF_AXES = {
    "role-axis-grid": "grid",
    "role-axis-tick": "ticks",
    "role-axis-label": "tick",
    "role-axis-title": "axis",
    "role-axis-domain": "base",
}
_MARK = re.compile(r"role-mark (\w+)_marks")
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
_FRACTION = re.compile(r"-?\d+\.\d+")


def cleaned(svg: str, attributes: Mapping[str, str]) -> Markup:
    """Write a drawing of Vega anew: shapes, texts and looks, with ``attributes`` on the outside."""
    old = ElementTree.fromstring(svg)
    view = {"viewBox": old.get("viewBox", ""), "fill": "none"}
    new = Element("svg", {**attributes, **view})
    new.extend(kept for child in old if not _is_page(child) for kept in _kept(child))
    return Markup(ElementTree.tostring(new, encoding="unicode").replace(" />", "/>"))


def _is_page(element: Element) -> bool:
    return _tag(element) == "rect"


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _kept(old: Element) -> Iterator[Element]:
    classes = old.get("class", "")
    if classes in ("background", "foreground"):
        return
    tag = _tag(old)
    children = [kept for child in old for kept in _kept(child)]
    is_group = tag == "g"
    placed = {name: _short(old.attrib[name]) for name in _PLACE if name in old.attrib}
    disc, moved = _DISC.fullmatch(placed.get("d", "")), _MOVED.match(placed.get("transform", ""))
    if disc and moved:
        tag, placed = "circle", {"cx": moved[1], "cy": moved[2], "r": disc[1]}
    new = Element(tag, {name: place for name, place in placed.items() if place not in _NOWHERE})
    if is_group:
        new.attrib.update(_called(classes))
        if "class" in new.attrib:
            new.attrib.update(_shared_looks(children))
    else:
        looks = {name: old.attrib[name] for name in _LOOK if name in old.attrib}
        new.attrib.update({name: look for name, look in looks.items() if look != "transparent"})
        new.attrib.update(_HALO if tag == "text" and "stroke" in old.attrib else {})
        new.text = old.text
    if is_group and not (children and new.attrib):
        yield from children
        return
    new.extend(children)
    yield new


def _called(classes: str) -> dict[str, str]:
    if found := _MARK.search(classes):
        return {"class": found[1].replace("_", " ")}
    part = next((name for role, name in _PARTS_OF_AXES.items() if role in classes.split()), None)
    return {"class": part} if part else {}


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
