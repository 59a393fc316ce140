"""A page is somebody else's text: what is none is told, and nothing else happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.mind2web.dom.page import BadPage, elements, read_page, write_page
from environments.mind2web.dom.question import ask
from tests.environments.mind2web.small import buttons

BOMB = (
    '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<html backend_node_id="1">&b;</html>'
)


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("", "no XML: Document is empty"),
        ("only text", "no XML"),
        ("<html>", "no XML"),
        ("<html>\0</html>", "no XML"),
        ("<html>\ud800</html>", "character 6 is half a character"),
        ("<html>&nothing;</html>", "no XML: Entity 'nothing' not defined"),
        ('<html a="1" a="2"/>', "no XML"),
        ("<a>" * 300 + "</a>" * 300, "Excessive depth"),
        (BOMB, "it declares a document type"),
        ('<!DOCTYPE html SYSTEM "file:///etc/passwd"><html/>', "it declares a document type"),
    ],
)
def test_what_is_no_page_is_told_in_one_line(html: str, said: str) -> None:
    with pytest.raises(BadPage) as told:
        read_page(html)
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_a_page_that_says_how_it_is_encoded_is_read() -> None:
    assert read_page("<?xml version='1.0' encoding='latin-1'?><html a='é'/>").get("a") == "é"


def test_comments_and_instructions_are_not_there() -> None:
    assert write_page(read_page("<html><!-- no --><?php no ?><a/></html>")) == "<html><a/></html>"


def test_texts_are_no_elements_and_the_first_of_an_id_counts() -> None:
    found = elements(
        read_page('<html><text backend_node_id="1"/><a backend_node_id="1"/><b backend_node_id="1"/></html>')
    )
    assert [element.tag for element in found.values()] == ["a"]


@given(st.text())
def test_any_text_is_a_page_or_is_told(html: str) -> None:
    said = ""
    try:
        ask(read_page(html), ["1", ""])
    except BadPage as error:
        said = str(error)
    assert "\n" not in said


@given(st.text(), st.text())
def test_whatever_a_page_says_can_be_asked_about(said: str, name: str) -> None:
    page = read_page(buttons())
    text, button = page.find(".//text"), page.find(".//button")
    try:
        text.text, button.attrib["title"] = said, name
    except ValueError:
        return  # what XML cannot hold
    question = ask(read_page(write_page(page)), ["1", "2"])
    assert [choice.id for choice in question.choices] == ["1", "2"]
    assert "\n" not in question.page
