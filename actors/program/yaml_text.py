"""YAML as configs are written in it: plain values only, every number and text one that JSON can hold, within bounds.

PyYAML alone recurses until Python does no more, unfolds a few hundred bytes of aliases into gigabytes, reads `12:30` as
750, `010` as 8 and `1e-4` as text, takes the last of two equal keys, and makes two halves of an emoji that JSON has
escaped. None of that is what somebody meant who wrote a config.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

from actors.program.error_line import error_line

LIMIT_BYTES = 2**18
LIMIT_DEPTH = 50
LIMIT_VALUES = 20_000  # with every alias written out
LIMIT_DIGITS = 100
_LEAST, _MOST = -(2**63), 2**64 - 1  # what JSON, YAML and the stores' readers agree on
_PLAIN = "configs have mappings, lists, texts, numbers, true, false and null"
_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)|0x[0-9a-fA-F_]+")
_FLOAT = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9_]*)(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


class NotYaml(ValueError):
    """What is wrong with a text, in one line that says where."""


def parse(text: str) -> Any:
    """The one value that `text` holds. Raises `NotYaml`."""
    if len(text) > LIMIT_BYTES:
        raise NotYaml(f"longer than {LIMIT_BYTES >> 10} KiB")
    try:
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        raise NotYaml(_said(error)) from error
    except (yaml.YAMLError, ValueError) as error:
        raise NotYaml(error_line(error)) from error


def dump(content: Any) -> str:
    """`content` so that `parse` reads the same."""
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


def _said(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    what = ", ".join(part for part in (error.context, error.problem) if part)
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}" if mark else what


class _Loader(yaml.SafeLoader):
    """Counts what it composes, so that nothing that is too deep or too much is ever built."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = self._values = 0
        self._sizes: dict[int, int] = {}  # of whole nodes, by identity: the values in each, aliases written out
        self._kept: list[Node] = []  # so that no identity is used twice

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        start: Any = self.peek_event()  # type: ignore[no-untyped-call]
        mark, alias = start.start_mark, isinstance(start, yaml.AliasEvent)
        if self._depth == LIMIT_DEPTH:
            raise ComposerError(None, None, f"nested deeper than {LIMIT_DEPTH} levels", mark)
        if not alias and start.tag not in (None, "!"):
            raise ComposerError(None, None, f"the tag '{start.tag}': {_PLAIN}", mark)
        before = self._values
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if alias and id(node) not in self._sizes:
            raise ComposerError(None, None, f"'*{start.anchor}' holds itself", mark)
        self._values += self._sizes[id(node)] if alias else 1
        if self._values > LIMIT_VALUES:
            raise ComposerError(None, None, f"more than {LIMIT_VALUES:,} values, with every alias written out", mark)
        if not alias and node is not None:
            self._kept.append(node)
            self._sizes[id(node)] = self._values - before
        return node

    def compose_mapping_node(self, anchor: Any) -> MappingNode:
        node: MappingNode = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag not in (f"{_TAG}str", f"{_TAG}merge") or not isinstance(key, ScalarNode):
                raise ComposerError(None, None, "a key that is no text: put it into quotes", key.start_mark)
            if key.value in seen:
                raise ComposerError(None, None, f"the key '{key.value}' for the second time", key.start_mark)
            seen.add(key.value)
        return node


def _text(loader: yaml.SafeLoader, node: ScalarNode) -> str:
    """A text, the two halves of a character that JSON has escaped put together again."""
    text = str(loader.construct_scalar(node))
    try:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise ConstructorError(None, None, "half a character (a lone surrogate)", node.start_mark) from error
    if "\0" in text:
        raise ConstructorError(None, None, "a NUL in a text", node.start_mark)
    return text


def _integer(loader: yaml.SafeLoader, node: ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    try:
        number = int(text, 0) if len(text) <= LIMIT_DIGITS else None
    except ValueError as error:
        raise ConstructorError(None, None, f"'{text}' is no whole number", node.start_mark) from error
    if number is None or not _LEAST <= number <= _MOST:
        raise ConstructorError(None, None, f"the number {text:.40} has more than 64 bits", node.start_mark)
    return number


def _number(loader: yaml.SafeLoader, node: ScalarNode) -> float:
    text = str(loader.construct_scalar(node))
    try:
        number = float(text)
    except ValueError as error:
        raise ConstructorError(None, None, f"'{text:.40}' is no finite number", node.start_mark) from error
    if not math.isfinite(number):
        raise ConstructorError(None, None, f"'{text:.40}' is no finite number", node.start_mark)
    return number


def _unknown(loader: yaml.SafeLoader, node: Node) -> Any:
    raise ConstructorError(None, None, f"a value of the kind '{node.tag}': {_PLAIN}", node.start_mark)


class _Dumper(yaml.SafeDumper):
    """Quotes what `_Loader` would read as a number, besides what any YAML would."""

    def represent_text(self, text: str) -> ScalarNode:
        """A next line (U+0085) is escaped: PyYAML writes it as it is, and reads it as a space or a line feed."""
        return self.represent_scalar(f"{_TAG}str", text, style='"' if "\x85" in text else None)


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, found)
        for tag, found in resolvers
        if tag not in (f"{_TAG}timestamp", f"{_TAG}int", f"{_TAG}float", f"{_TAG}value")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _class in (_Loader, _Dumper):
    _class.add_implicit_resolver(f"{_TAG}int", re.compile(f"(?:{_INT.pattern})$"), list("-+0123456789"))
    _class.add_implicit_resolver(f"{_TAG}float", re.compile(f"(?:{_FLOAT.pattern})$"), list("-+0123456789."))
_Dumper.add_representer(str, _Dumper.represent_text)
_Loader.yaml_constructors = {
    f"{_TAG}{kind}": yaml.SafeLoader.yaml_constructors[f"{_TAG}{kind}"] for kind in ("null", "bool", "seq", "map")
}
_Loader.add_constructor(f"{_TAG}str", _text)
_Loader.add_constructor(f"{_TAG}int", _integer)
_Loader.add_constructor(f"{_TAG}float", _number)
_Loader.add_constructor(None, _unknown)
