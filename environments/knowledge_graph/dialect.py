"""SPARQL as the public question files have it, made standard: they were written for Virtuoso, which is not strict.

    ns:a.b.c  :a.b.c            <http://rdf.freebase.com/ns/a.b.c>     (a last dot may be the triple's own)
    A OR B                      A || B
    COUNT DISTINCT ?x           (COUNT(DISTINCT ?x) AS ?x_count)
    regex(?x, …)                regex(str(?x), …)
    xsd:datetime(…)             xsd:dateTime(…)

and the one variable of the outer SELECT is called `?x`, as the engines here expect. Texts and IRIs are left as they
are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PREFIX = re.compile(r"PREFIX\s+([A-Za-z]*):\s*<([^<>\s]*)>", re.IGNORECASE)
_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<iri><[^<>\s]*>)|(?P<comment>\#[^\n]*)
    |(?P<name>[A-Za-z]*:[\w.\-]*)|(?P<word>[?$]?\w+)|(?P<other>\s+|\|\||&&|\^\^|.)""",
    re.VERBOSE | re.DOTALL,
)
KNOWN = {"ns": "http://rdf.freebase.com/ns/", "xsd": "http://www.w3.org/2001/XMLSchema#"}


def standard(query: str) -> str:
    """The query in SPARQL 1.1, with its one result variable renamed to `?x`. What it doesn't know it leaves alone."""
    prefixes = {**KNOWN, **dict(_PREFIX.findall(query))}
    body = "".join(_rewritten(_PREFIX.sub("", query), prefixes))
    body = re.sub(r"COUNT\s+DISTINCT\s+(\?\w+)", r"(COUNT(DISTINCT \1) AS \1_count)", body, flags=re.IGNORECASE)
    body = re.sub(r"SELECT\s+COUNT\s*\(\s*(\?\w+|\*)\s*\)", r"SELECT (COUNT(\1) AS ?count)", body, flags=re.IGNORECASE)
    body = re.sub(r"\bregex\s*\(\s*(\?\w+)\s*,", r"regex(str(\1),", body, flags=re.IGNORECASE)
    return _named_x(body)


def _rewritten(query: str, prefixes: dict[str, str]) -> Iterator[str]:
    for match in _TOKEN.finditer(query):
        token = match.group()
        if match.lastgroup == "comment":
            yield " "
        elif match.lastgroup == "word" and token.upper() == "OR":
            yield "||"
        elif match.lastgroup == "name" and token.partition(":")[0] in prefixes:
            prefix, _, local = token.partition(":")
            local = "dateTime" if prefix == "xsd" and local == "datetime" else local
            name = local.rstrip(".")
            yield f"<{prefixes[prefix]}{name}>{' ' + local[len(name) :] if name != local else ''}"
        else:
            yield token


def _named_x(query: str) -> str:
    """Wrapped so that the first result variable is `?x`: `SELECT ?name …` becomes `SELECT (?name AS ?x) WHERE { {
    SELECT ?name … } }`.
    """
    found = re.match(
        r"\s*SELECT\s+(?:DISTINCT\s+|REDUCED\s+)?(?:(\?\w+)|\(.*?\s+AS\s+(\?\w+)\s*\))",
        query,
        re.IGNORECASE | re.DOTALL,
    )
    if found is None:
        return query
    variable = found.group(1) or found.group(2)
    return query if variable == "?x" else f"SELECT ({variable} AS ?x) WHERE {{ {{ {query} }} }}"
