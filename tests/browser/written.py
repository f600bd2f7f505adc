"""A page as it is written: what it links, what it would load, what it would run."""

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background", "xlink:href"}
_LOADED_BY_STYLE = re.compile(r"""@import|url\(\s*["']?(?!#)[^)]*""")


@dataclass
class Written:
    """What a page is made of."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def ids_used_twice(self) -> list[str]:
        return [each for each, times in Counter(self.ids).items() if times > 1]


def read(path: Path) -> Written:
    parser = _Parser()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser.written


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.written = Written()
        self._is_in_style = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._is_in_style = tag == "style"
        if tag == "script":
            self.written.scripts.append(self.get_starttag_text() or tag)
        for name, value in attributes:
            self._take(tag, name, value or "")

    def handle_data(self, data: str) -> None:
        if self._is_in_style:
            self.written.loads += _LOADED_BY_STYLE.findall(data)

    def handle_endtag(self, tag: str) -> None:
        self._is_in_style = False

    def _take(self, tag: str, name: str, value: str) -> None:
        if name == "id":
            self.written.ids.append(value)
        elif name.startswith("on") or value.lstrip().lower().startswith("javascript:"):
            self.written.scripts.append(f"{tag} {name}={value}")
        elif tag == "a" and name == "href":
            self.written.links.append(value)
        elif name in LOADING or (name == "href" and not value.startswith("#")):
            self.written.loads.append(f"{tag} {name}={value}")
        elif name == "style":
            self.written.loads += _LOADED_BY_STYLE.findall(value)
