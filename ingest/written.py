"""Reads what authors write by hand, and tells a mistake in full: file, line, key, what is expected.

Contracts, the landing policy and code lists hold nothing of what was delivered, so that a mistake
in them may be repeated.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import SafeConstructor

from ingest.refusals import InWords

_PROJECT = Path(__file__).resolve().parents[1]
_INPUT = "Input should be "
Model = TypeVar("Model", bound=BaseModel)
Place = tuple[int | str, ...]


class WrongContract(InWords):
    """What an author wrote cannot be used; each mistake has a line."""


class Fault(NamedTuple):
    """A mistake in words: what stands there, and what was expected."""

    found: str
    expected: str


def read(
    model: type[Model],
    path: Path,
    faults: Callable[[Model], Iterable[tuple[Place, Fault]]] = lambda _: (),
) -> Model:
    """Read a YAML file as ``model``; ``faults`` says where it contradicts another file.

    Raises:
        WrongContract: a line for each mistake: file, line and key, what stands there, what was
            expected, what to do.
    """
    root = _composed(path)
    try:
        made = model.model_validate(SafeConstructor().construct_document(root))
    except ValidationError as error:
        told = [_of_form(model, path, root, fault) for fault in error.errors()]
        raise WrongContract("\n".join(dict.fromkeys(told))) from None
    told = [
        _fault(path, *_found_at(root, place), *fault, "correct it") for place, fault in faults(made)
    ]
    if told:
        raise WrongContract("\n".join(dict.fromkeys(told)))
    return made


def read_list(path: Path, key: str, column: str) -> dict[str, str]:
    """Read one column of a list in CSV by its key, in file order.

    Raises:
        WrongContract: a column is missing, or a key is empty or stands twice.
    """
    found: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        header = lines.fieldnames or []
        if lacking := {key, column}.difference(header):
            raise _wrong(
                path, 1, "the header",
                f"there is no column {' and '.join(sorted(lacking))}",
                f"the columns {key} and {column} beside what else is said of each",
                "add it to the first line and give it in every line",
            )  # fmt: skip
        for row in lines:
            if not row[key] or row[key] in found or None in (*row, *row.values()):
                raise _wrong(
                    path, lines.line_num, f"column {key}",
                    f"{row[key] or 'nothing'} stands there"
                    + (" as in a line above" if row[key] in found else ""),
                    f"each {key} once, and a cell for each of the {len(header)} columns",
                    "correct the line or remove it",
                )  # fmt: skip
            found[row[key]] = row[column]
    return found


def nearest(name: str, known: Sequence[str]) -> str:
    """What of ``known`` may be meant, as the end of a sentence; all of it where nothing is near."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"{near[0]} may be meant" if near else f"there are {', '.join(known) or 'none'}"


def _wrong(
    path: Path, line: int, key: str, found: str, expected: str, action: str
) -> WrongContract:
    return WrongContract(_fault(path, line, key, found, expected, action))


def _fault(path: Path, line: int, key: str, found: str, expected: str, action: str) -> str:
    name = path.relative_to(_PROJECT) if path.is_relative_to(_PROJECT) else path
    where = f"{name.as_posix()}, line {line}" + (f", {key}" if key else "")
    return f"{where}: {found}; expected {expected}. What to do: {action}."


def _composed(path: Path) -> yaml.Node:
    """The nodes of a file, which know their lines; refused when it is no YAML or repeats a key."""
    try:
        root = yaml.compose(path.read_text("utf-8"), yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _wrong(
            path, mark.line + 1 if mark else 1, "",
            f"YAML finds: {error.problem}",
            "quotes around text that holds a colon with a blank or begins with *, & or @; two "
            "blanks a level; every bracket closed",
            "correct this line or the one above",
        ) from None  # fmt: skip
    if not isinstance(root, yaml.MappingNode):
        raise _wrong(path, 1, "", "no keys", "`key: value` in each line", "write the keys")
    for key, line in _repeated(root):
        raise _wrong(
            path, line, key, "the key is there twice", "each key once",
            "remove one of the two: YAML would take the last",
        )  # fmt: skip
    return root


def _repeated(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated(value)


def _of_form(model: type[BaseModel], path: Path, root: yaml.Node, fault: Mapping[str, Any]) -> str:
    place: Place = fault["loc"]
    line, key = _found_at(root, place)
    if fault["type"] == "extra_forbidden":
        fields = _model_at(model, place[:-1]).model_fields
        keys = [field.alias or name for name, field in fields.items()]
        near = nearest(str(place[-1]), keys)
        expected = f"a key that is read: {near}"
        return _fault(path, line, key, "no such key", expected, "correct the key or remove it")
    if fault["type"] == "missing":
        return _fault(path, line, key, "it is missing", "this key", "add it")
    if fault["type"] == "value_error":
        words = str(fault["ctx"]["error"])
        return _fault(path, line, key, words, "a contract without contradiction", "correct it")
    expected = fault["msg"].removeprefix(_INPUT)
    found = f"there is {fault['input']!r}"
    return _fault(path, line, key, found, expected, "write it in this form")


def _found_at(root: yaml.Node, place: Place) -> tuple[int, str]:
    """Line and name of a place: of a key that is missing, the line of what lacks it.

    Members of a list are named by their own name or id.
    """
    node, line, names = root, root.start_mark.line, []
    for step in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            names.append(str(step))
            if pair is None:
                break
            node, line = pair[1], pair[0].start_mark.line
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line
            names[-1:] = [f"{names[-1]}[{_own_name(node, step)}]"]
        else:
            break
    return line + 1, ".".join(names)


def _own_name(node: yaml.Node, number: int) -> str:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value in ("name", "id"):
                return str(value.value)
    return str(number + 1)


def _model_at(model: type[BaseModel], place: Place) -> type[BaseModel]:
    """The model that describes a place."""
    for step in place:
        field = model.model_fields.get(str(step))
        model = (_model_in(field.annotation) if field else None) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((one for one in found if one), None)
