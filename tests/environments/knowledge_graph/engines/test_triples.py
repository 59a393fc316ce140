"""One odd line never stops the load of a graph: it is read as it is, or left out, counted and named."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from environments.contract import UserError
from environments.knowledge_graph.engines import store
from environments.knowledge_graph.engines.triples import LIMIT_LINE_BYTES, GoodLines
from environments.knowledge_graph.programs.sparql import NAMESPACE, can_be_asked
from environments.knowledge_graph.source import StoreSource
from tests.environments.knowledge_graph.graphs import boats

NS = "http://rdf.freebase.com/ns/"
GOOD = [
    f'<{NS}m.0a> <{NS}type.object.name> "Alpha"@en .'.encode(),
    f'<{NS}m.0b> <{NS}type.object.name> "Beta"@en .'.encode(),
    f"<{NS}m.0a> <{NS}location.location.contains> <{NS}m.0b> .".encode(),
]


def loaded(folder: Path, content: bytes, name: str = "odd.nt") -> tuple[int, str]:
    """How many triples there are of a file, and what is said about the rest."""
    (folder / name).write_bytes(content)
    made = store.prepare(folder / name, 10)
    assert store.prepare(folder / name, 10) == made
    return len(Store.read_only(str(made))), store.left_out(made)


@pytest.mark.parametrize(
    ("odd", "triples", "said"),
    [
        (f"<{NS}m.0a> <{NS}common.topic.webpage> <http://www.example.org/film/too-[spn]> .".encode(), 4, ""),
        (f"<{NS}m.0a> <{NS}common.topic.webpage> <http://example.org/a page with {{braces}}> .".encode(), 4, ""),
        (f'<{NS}m.0a> <{NS}type.object.name> "Alfa"@es_419 .'.encode(), 3, "Unexpected character"),
        (f'<{NS}m.0a> <{NS}common.topic.alias> "half \\uD83D"@en .'.encode(), 3, "surrogate"),
        (f'<{NS}m.0a> <{NS}common.topic.alias> "caf'.encode() + b"\xe9" + b'"@fr .', 3, "UTF-8"),
        (f"<{NS}m.0a> <{NS}location.location.contains> <{NS}m.0b> <http://g> .".encode(), 3, "Quads"),
        (b"<m.0a> <location.location.contains> <m.0b> .", 3, "the IRI <m.0a> is relative"),
        (f'<{NS}m.0a> <{NS}location.dated.from> "-0044"^^<http://www.w3.org/2001/XMLSchema#gYear> .'.encode(), 4, ""),
        (b"\x00\xff\xfe", 3, "line 4: "),
        (b"# a comment", 3, ""),
    ],
    ids=["bracket", "spaces", "language", "surrogate", "latin-1", "quad", "relative", "year", "binary", "comment"],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_an_odd_line_is_read_or_named(
    state: Path, tmp_path: Path, odd: bytes, triples: int, said: str, end: bytes
) -> None:
    count, left_out = loaded(tmp_path, end.join([*GOOD, odd]))
    assert count == triples
    assert left_out.startswith("1 of 4 triples are left out, the first in line 4: ") if said else left_out == ""
    assert said in left_out
    assert "\n" not in left_out


def test_a_byte_order_mark_is_no_triple(state: Path, tmp_path: Path) -> None:
    assert loaded(tmp_path, b"\xef\xbb\xbf" + b"\n".join(GOOD)) == (3, "")


def test_a_compressed_graph_is_read_the_same_way(state: Path, tmp_path: Path) -> None:
    odd = gzip.compress(b"\n".join(GOOD)) + gzip.compress(b"\nodd\n")
    assert loaded(tmp_path, odd, "odd.nt.gz")[0] == 3
    assert loaded(tmp_path, odd, "odd.nt.gz")[1].startswith("1 of 4 triples are left out, the first in line 4")


@pytest.mark.parametrize(
    "content", [b"@prefix : <http://a/> .\n:a :b :c .\n" + GOOD[0], "\n".join("abc").encode("utf-16")]
)
def test_what_is_mostly_something_else_is_refused_in_one_line_and_leaves_nothing(
    state: Path, tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(
        UserError, match=r"odd\.nt' is no N-Triples file: \d+ of \d+ triples are left out, the first in line 1: "
    ) as refused:
        loaded(tmp_path, content)
    assert "\n" not in str(refused.value)
    assert not list(state.glob("knowledge-graph-[!g]*"))


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(UserError, match="a line of more than"):
        GoodLines(io.BytesIO(b"x" * (LIMIT_LINE_BYTES + (2 << 20)))).read()


ODD = st.binary(max_size=30) | st.sampled_from([b"", b"<", b'"', b"\\u", GOOD[0][:50], GOOD[2] + GOOD[2]])


@settings(max_examples=100, deadline=None)
@given(st.lists(ODD, max_size=12), st.integers(1, 200))
def test_whatever_stands_between_them_every_triple_is_there(between: list[bytes], size: int) -> None:
    sound = [GOOD[number % 3] for number in range(len(between))]
    lines = GoodLines(io.BytesIO(b"".join(b"%s\n%s\n" % pair for pair in zip(between, sound, strict=True))))
    found = b"".join(iter(lambda: lines.read(size), b"")).split(b"\n")
    assert [line for line in found if line in GOOD] == sound
    assert lines.triples >= len(sound)


def test_what_no_query_can_name_is_no_place_to_walk_to(state: Path, tmp_path: Path) -> None:
    odd = [
        f"<{NS}m.0a> <{NS}boats.ship.fuel> <{NS}a[b]> .",
        f"<{NS}m.0a> <{NS}odd[x].y> <{NS}m.0b> .",
        f'<{NS}a{{b> <{NS}type.object.name> "X"@en .',
        f'<{NS}m.0a> <{NS}type.object.name> "Kestrel"@en .',
    ]
    (tmp_path / "boats.nt").write_text("\n".join([*boats(), *odd]))
    source = StoreSource(store.prepare(tmp_path / "boats.nt", 10))
    assert source.starts() == ["m.0a"]
    assert "odd[x].y" not in source.out("m.0a")
    assert all(source.out(node) is not None for nodes in source.out("m.0a").values() for node in nodes)


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1) | st.text(st.characters(categories=["P", "S", "Co", "Cn", "Cf"]), min_size=1))
def test_a_name_that_can_be_asked_is_read_by_the_store(name: str) -> None:
    if can_be_asked(name):
        Store().query(f"SELECT ?x WHERE {{ <{NAMESPACE}{name}> ?p ?x }}")
