"""Pages that hold every part of the templates in every state, with invented words."""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from orchestration.publication.report import traced

TEMPLATES = Path(traced.__file__).with_name("templates")
RAG = (
    ("green", "Green: on course"),
    ("amber", "Amber: close"),
    ("red", "Red: off course"),
    ("grey", "Not rated"),
    ("none", "No figure"),
)
SPC = (
    ("special_cause_improvement", "Real improvement"),
    ("special_cause_concern", "Real worsening"),
    ("special_cause_neutral", "Real change"),
    ("common_cause", "Usual ups and downs"),
    ("none", "Cannot tell yet"),
)
PAGES = {"index.html": "Performance Report", "other.html": "Improvement plan"}
SECTIONS = ("brief", "scorecard", "charts", "waiting", "plan")


def environment() -> Environment:
    loader = ChoiceLoader([FileSystemLoader(Path(__file__).parent), FileSystemLoader(TEMPLATES)])
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=traced.refuse_untraced,
    )


def write(folder: Path) -> None:
    """Write the specimen as a demonstration and as the page of real figures."""
    templates = environment()
    for name in PAGES:
        page = templates.get_template("specimen.html").render(
            partnership="Sampleton Local Area SEND Partnership “A\\B”",
            month="October",
            release="first",
            is_demonstration=name == "index.html",
            facts=["Month: October", "Final figures"],
            pages=[
                {"href": other, "words": words, "is_current": other == name}
                for other, words in PAGES.items()
            ],
            on_this_page=[
                {"href": f"#{each}", "words": each, "is_current": False} for each in SECTIONS
            ],
            rag_words=RAG,
            spc_words=SPC,
        )
        (folder / name).write_text(page, encoding="utf-8")
