"""How an element reads (SPEC 2.3, `get_tree_repr`), corner by corner."""

from __future__ import annotations

import pytest

from environments.mind2web.dom.page import read_page
from environments.mind2web.dom.rendering import ATTRIBUTES, numbers, render


def shown(html: str) -> str:
    page = read_page(html)
    return render(page, numbers(page))


def said(**attributes: str) -> str:
    """What a button with these attributes reads as, without its tag."""
    page = read_page("<button/>")
    for name, value in attributes.items():
        page.set(name, value)
    return render(page, {}).removeprefix("<button").removesuffix("/>").strip()


def test_attributes_are_said_in_a_fixed_order_whatever_the_page_s() -> None:
    words = {name: f"w{number}" for number, name in enumerate(ATTRIBUTES)}
    assert said(**dict(reversed(words.items()))) == " ".join(words.values())


def test_other_attributes_are_not_said() -> None:
    assert said(href="a", id="b", style="c", aria_haspopup="d") == ""


@pytest.mark.parametrize("value", ["hidden", "None", "PRESENTATION", "null", "undefined", "https://a.b", "HTTP", ""])
def test_values_that_say_nothing_are_skipped(value: str) -> None:
    assert said(role=value, title="Go") == "go"


def test_a_value_is_in_lower_case_and_cut_to_five_words_shorter_than_fifteen_letters() -> None:
    assert said(alt=f"One {'x' * 15} two {'y' * 14} three four five six") == f"one two {'y' * 14} three four"


def test_a_value_is_said_once_also_when_two_are_alike_only_after_they_were_cut() -> None:
    assert said(title="a b c d e f", name="A B C D E g", label="h") == "h a b c d e"


def test_a_node_says_twenty_words_at_most() -> None:
    assert (
        len(said(**{name: " ".join(f"{name}{n}" for n in range(5)) for name in ("alt", *ATTRIBUTES[6:12])}).split())
        == 20
    )


def test_a_text_says_twenty_words_and_its_tag_is_gone() -> None:
    words = " ".join(f"w{number}" for number in range(30))
    assert shown(f"<p> <text> {words} </text> </p>") == f"<p> {' '.join(words.split()[:20])} </p>"


def test_an_empty_text_says_nothing() -> None:
    assert shown("<p> <text/> </p>") == "<p> </p>"


def test_candidates_are_numbered_in_the_page_s_order_and_one_id_has_one_number() -> None:
    html = '<p> <a backend_node_id="9"/> <b backend_node_id="4"/> <i backend_node_id="9"/> </p>'
    assert shown(html) == "<p> <a id=0 /> <b id=1 /> <i id=0 /> </p>"


def test_quotes_become_spaces_and_so_does_what_writes_an_attribute_in_a_text() -> None:
    assert shown('<p> <text>say "hi" now</text> </p>') == "<p> say hi now </p>"
    assert shown("<p> <text>meta= 5 and id= 6</text> </p>") == "<p> 5 and id=6 </p>"


def test_entities_are_decoded_one_after_the_other_so_that_some_are_decoded_twice() -> None:
    assert shown("<p> <text>&amp;lt;b&amp;gt; &amp;nbsp;&amp;#39;</text> </p>") == "<p> <b> ' </p>"
    assert shown("<p> <text>a &lt; b &amp; c</text> </p>") == "<p> a < b & c </p>"
    assert shown("<p> <text>&amp;quot;</text> </p>") == "<p> &quot; </p>"  # its turn is over when its ampersand comes


def test_an_entity_that_the_table_does_not_have_stays() -> None:
    assert shown("<p> <text>&amp;eacute;</text> </p>") == "<p> &eacute; </p>"


def test_white_space_of_any_kind_is_one_space() -> None:
    assert shown("<p>\n\n<text>a\tb</text>\r\n<text>c\u2028d</text></p>") == "<p> a b c d</p>"


def test_angle_brackets_stay_and_an_element_without_content_closes_itself() -> None:
    assert shown('<div> <a title="home"/> <p/> </div>') == "<div> <a home /> <p/> </div>"
