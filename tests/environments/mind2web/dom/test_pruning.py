"""What is left of a page around its candidates (SPEC 2.3, `prune_tree`)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from environments.mind2web.dom.page import ID, TEXT, Element, elements, id_of, read_page, write_page
from environments.mind2web.dom.pruning import cut, pruned
from environments.mind2web.dom.question import ask
from tests.environments.mind2web.small import buttons


def ids(page: Element) -> list[str]:
    return [id_of(each) for each in page.iter("*") if each.tag != TEXT and id_of(each)]


def nested(levels: int) -> str:
    inner = ""
    for level in range(levels, 0, -1):
        inner = f'<div backend_node_id="{level}" name="n{level}">{inner}</div>'
    return f'<html backend_node_id="0">{inner}</html>'


def test_siblings_up_to_three_places_away_are_kept() -> None:
    assert ids(cut(read_page(buttons("123456789")), ["li5"])) == [
        *("root", "list", "li2", "li3", "li4", "li5", "5", "li6", "li7", "li8")
    ]


def test_texts_between_siblings_do_not_count_as_places() -> None:
    texts = "<text>and</text>" * 5
    html = f'<p backend_node_id="p"><a backend_node_id="1"/>{texts}<a backend_node_id="2"/></p>'
    assert ids(cut(read_page(html), ["2"])) == ["p", "1", "2"]


def test_descendants_are_kept_six_levels_down_though_it_says_five() -> None:
    assert ids(cut(read_page(nested(12)), ["2"])) == ["0", "1", "2", "3", "4", "5", "6", "7", "8"]


def test_fifty_descendants_are_kept_and_texts_are_among_them() -> None:
    inner = "".join(f'<p backend_node_id="p{n}"><text backend_node_id="t{n}">x</text></p>' for n in range(40))
    left = cut(read_page(f'<html backend_node_id="0"><div backend_node_id="1">{inner}</div></html>'), ["1"])
    assert ids(left) == ["0", "1", *(f"p{n}" for n in range(25))]
    assert len(list(left.iter(TEXT))) == 25


def test_all_ancestors_are_kept_however_many() -> None:
    assert ids(cut(read_page(nested(100)), ["100"]))[:101] == [str(n) for n in range(101)]


def test_texts_are_kept_with_their_parent_alone() -> None:
    html = (
        '<html backend_node_id="0"><text>an ancestor says</text><a backend_node_id="1"><b backend_node_id="2"/></a>'
        '<p backend_node_id="3"/><p backend_node_id="4"/><p backend_node_id="5"/>'
        '<p backend_node_id="6"><text backend_node_id="2">too far away</text></p></html>'
    )
    left = write_page(cut(read_page(html), ["1"]))
    assert "an ancestor says" in left
    assert "too far away" not in left


def test_elements_without_an_id_are_kept_together_or_not_at_all() -> None:
    html = '<html backend_node_id="0"><p name="far"/><div backend_node_id="1">{}<a backend_node_id="2"/></div></html>'
    assert "far" not in write_page(cut(read_page(html.format("")), ["2"]))
    assert "far" in write_page(cut(read_page(html.format("<i/>")), ["2"]))


def test_wrappers_that_say_nothing_are_taken_away_with_one_child_or_none() -> None:
    html = (
        '<html backend_node_id="0"><div backend_node_id="1"><div backend_node_id="2"><a backend_node_id="3"/></div>'
        '<div backend_node_id="4"/></div></html>'
    )
    assert write_page(pruned(read_page(html), ["3"])) == '<html><a backend_node_id="3"/></html>'


def test_a_wrapper_with_a_text_or_an_attribute_stays() -> None:
    html = '<html backend_node_id="0"><p backend_node_id="1"><text>x</text></p><p backend_node_id="2" alt="y"/></html>'
    assert write_page(pruned(read_page(html), ["0"])) == (
        '<html backend_node_id="0"><p><text>x</text></p><p alt="y"/></html>'
    )


def test_candidates_alone_keep_their_ids() -> None:
    assert ids(pruned(read_page(buttons("123")), ["2"])) == ["2"]


def test_a_candidate_that_is_not_on_the_page_is_passed_over() -> None:
    assert ids(pruned(read_page(buttons("123")), ["2", "gone", '"] | //*[@x="'])) == ["2"]


def test_the_root_itself_can_be_a_candidate() -> None:
    assert ids(pruned(read_page(buttons("12")), ["root"])) == ["root"]


@st.composite
def trees(draw: st.DrawFn) -> str:
    """Pages of elements and texts, some of which say nothing or have no id."""
    number = 0

    def element(depth: int) -> str:
        nonlocal number
        number += 1
        id = f' backend_node_id="{number}"' if draw(st.integers(0, 9)) else ""
        if not draw(st.integers(0, 3)):
            return f"<text{id}>word {number}</text>"
        name = f' name="n{number}"' if draw(st.booleans()) else ""
        inner = "".join(element(depth + 1) for _ in range(draw(st.integers(0, 3 if depth < 5 else 0))))
        return f"<div{id}{name}>{inner}</div>"

    return f'<html backend_node_id="0">{element(0)}{element(0)}</html>'


@given(trees(), st.data())
def test_a_page_cut_for_ten_is_as_good_for_five_of_them(html: str, data: st.DataObject) -> None:
    page = read_page(html)
    some = data.draw(st.lists(st.sampled_from(sorted(elements(page))), max_size=10, unique=True))
    few = some[: data.draw(st.integers(0, len(some)))]
    assert ask(read_page(write_page(cut(page, some))), few) == ask(page, few)


@given(trees(), st.data())
def test_the_page_itself_stays_as_it_is(html: str, data: st.DataObject) -> None:
    page = read_page(html)
    before = write_page(page)
    pruned(page, data.draw(st.lists(st.sampled_from(sorted(elements(page))))))
    assert write_page(page) == before
    assert all(each.get(ID) != "" for each in page.iter("*"))
