"""What stands between a call's parentheses: AgentBench's reading first, then others for names that break it.

AgentBench takes `name\\((.+?)\\)`, that is up to the first `)`, and splits at every comma, so that an entity called
`Strathmore (D.J. Murray) Airport` or `antwerp, belgium` can't be named at all; nor can `variable star`, of which it
takes `variable ` out. Where its reading cannot be carried out, longer ones up to a later `)` are tried, split at any
one comma. So every reply that AgentBench accepts still means the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

ARITY: Mapping[str, int] = {
    "get_relations": 1,
    "get_neighbors": 2,
    "intersection": 2,
    "union": 2,
    "get_attributes": 1,
    "argmax": 2,
    "argmin": 2,
    "count": 1,
}
"""The tools and how many arguments each takes."""
LIMIT_ENDS = 24
LIMIT_COMMAS = 24
LIMIT_CHARACTERS = 4096
"""How far other readings look; real names are far shorter."""
VARIABLE_WORDS = ("variable ", "Variable ")
QUOTES = (('"', '"'), ("'", "'"), ("`", "`"), ("“", "”"), ("‘", "’"))


def called_names(line: str) -> list[str]:
    """The name before every `name(` on the line, in order; linear in its length."""
    names = []
    opening = line.find("(")
    while opening >= 0:
        start = opening
        while start and (line[start - 1].isalnum() or line[start - 1] == "_"):
            start -= 1
        if start < opening:
            names.append(line[start:opening])
        opening = line.find("(", opening + 1)
    return names


def arguments(line: str, name: str) -> tuple[str, ...] | None:
    """AgentBench's reading: at least one character, up to the next `)`, split at commas with the spaces around them."""
    start = _opening(line, name)
    end = line.find(")", start + 1) if start >= 0 else -1
    if end < 0:
        return None
    pieces = line[start:end].split(",")
    if len(pieces) == 1:
        return (pieces[0],)
    return (pieces[0].rstrip(), *(piece.strip() for piece in pieces[1:-1]), pieces[-1].lstrip())


def other_readings(line: str, name: str) -> Iterator[tuple[str, ...]]:
    """Further readings of a tool's call, shortest first."""
    start = _opening(line, name)
    if start < 0:
        return
    text = line[start : start + LIMIT_CHARACTERS]
    end = -1
    for _ in range(LIMIT_ENDS):
        end = text.find(")", end + 1)
        if end < 0:
            return
        yield from _splits(text[:end], ARITY[name])


def _opening(line: str, name: str) -> int:
    found = line.find(f"{name}(")
    return found + len(name) + 1 if found >= 0 else -1


def _splits(text: str, arity: int) -> Iterator[tuple[str, ...]]:
    if arity == 1:
        yield (text.strip(),)
        return
    comma = -1
    for _ in range(LIMIT_COMMAS):
        comma = text.find(",", comma + 1)
        if comma < 0:
            return
        yield text[:comma].strip(), text[comma + 1 :].strip()


def without_word(text: str) -> str:
    """Without the word for a variable before it, which the instruction has agents write and some write before an
    entity, too.
    """
    return next((text.removeprefix(word).strip() for word in VARIABLE_WORDS if text.startswith(word)), text)


def unquoted(text: str) -> str:
    """Without one pair of quotes around it."""
    for opening, closing in QUOTES:
        if len(text) > 1 and text[0] == opening and text[-1] == closing:
            return text[1:-1].strip()
    return text
