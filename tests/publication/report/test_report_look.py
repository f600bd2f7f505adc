"""The stylesheet and the templates of the report fit each other, and colours can be told apart."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from orchestration.publication import report
from tests.browser import specimen

TEMPLATES = Path(report.__file__).with_name("templates")
STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
PAGES = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html")}
SCHEMES = {
    "light": "*/",  # the comment at the head of the file
    "dark": "prefers-color-scheme: dark",
    "forced colours": "forced-colors: active",
    "paper": "@media print {",
}
OF_DRAWINGS = set(re.findall(r"(?:fill|stroke): var\(--([\w-]+)\)", STYLE)) | {
    name
    for module in TEMPLATES.parent.rglob("*.py")
    for name in re.findall(r"var\(--([\w-]+)\)", module.read_text(encoding="utf-8"))
}
TEXT = [
    *(
        (ink, page)
        for ink in ("ink", "muted", "link", "green", "red")
        for page in ("bg", "surface")
    ),
    ("plan", "bg"),
    ("plan", "gap"),
    ("ink", "gap"),
    ("demo-ink", "demo"),
]
MARKS = [
    *(
        (mark, page)
        for mark in ("line", "impr", "conc", "plan", "bandl")
        for page in ("bg", "band")
    ),
    *((mark, "bg") for mark in ("edge", "w2", "w3", "nb")),
    ("edge", "surface"),
    ("impr", "surface"),
    ("conc", "surface"),
    ("amber-sign", "amber"),
    ("bg", "green"),
    ("bg", "red"),
]


def colours(scheme: str) -> dict[str, str]:
    after = STYLE[STYLE.index(SCHEMES[scheme]) :]
    block = next(each for each in re.findall(r"{([^{}]*)}", after) if "--bg:" in each)
    return dict(re.findall(r"--([\w-]+): (#\w+)", block))


def classes_of(page: str) -> list[str]:
    """Give the classes that a template names; a star stands for what is filled in."""
    written = re.sub(r"{{.*?}}", "*", re.sub(r"{[%#].*?[%#]}", " ", page, flags=re.DOTALL))
    return " ".join(re.findall(r'class="([^"]*)"', written)).split()


def contrast(one: str, other: str) -> float:
    """Compute the ratio of WCAG 2.2, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_class_of_the_stylesheet_is_on_a_page_and_every_class_of_a_page_has_a_rule():
    of_style = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"{[^{}]*}|/\*.*?\*/", "{}", STYLE)))
    on_pages = {name for page in PAGES.values() for name in classes_of(page)}
    filled_in = tuple(name[:-1] for name in on_pages if name.endswith("*"))
    assert all(filled_in), "a class that is filled in whole cannot be found"
    assert {name for name in of_style - on_pages if not name.startswith(filled_in)} == set()
    assert {name for name in on_pages - of_style if not name.endswith("*")} == set()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_drawings_find_all_their_colours_in_every_scheme(scheme):
    assert OF_DRAWINGS <= set(colours(scheme)) <= set(colours("light"))


@pytest.mark.parametrize("scheme", ["light", "dark", "paper"])
def test_text_and_marks_stand_out(scheme):
    named = colours(scheme)
    faint = [
        f"{one} on {other}: {contrast(named[one], named[other]):.1f}, at least {least}"
        for least, pairs in ((4.5, TEXT), (3, MARKS))
        for one, other in pairs
        if contrast(named[one], named[other]) < least
    ]
    assert faint == []


def test_no_template_takes_text_for_markup():
    for name, page in PAGES.items():
        assert re.findall(r"\|\s*safe|autoescape\s+false|Markup\(", page) == [], name


@pytest.mark.parametrize(
    "call",
    [
        "rag('blue', 'Blue')",
        "spc('special_cause_unheard_of', 'up', 'Real')",
        "spc('special_cause_concern', none, 'Real worsening')",
        "swatch('trend')",
        "box('middling', 'Neither', [])",
        "change_line('sideways', 'Changed', 'since October')",
        "milestone('Half', 'Most', 'nearly', 'Nearly met')",
    ],
)
def test_a_kind_that_has_no_drawing_makes_no_page(call):
    page = specimen.environment().from_string(
        f"{{% import 'macros.html' as m %}}{{{{ m.{call} }}}}"
    )
    with pytest.raises(UndefinedError):
        page.render()
