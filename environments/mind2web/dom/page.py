"""A recorded page: HTML as Mind2Web has cleaned it, which is XML. Each element has a `backend_node_id`, and each piece
of text is an element `text` of its own.

A page is somebody else's text. What is no XML, declares a document type (and with it entities), or is nested deeper
than 256 elements is no page.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from lxml import etree  # type: ignore[import-untyped]

Element: TypeAlias = Any
"""An element as lxml has it, which comes without types."""
ID = "backend_node_id"
TEXT = "text"


class BadPage(ValueError):
    """Why a text is no page, in one line."""


def read_page(html: str) -> Element:
    """The root element of a page. Raises `BadPage`."""
    if "<!DOCTYPE" in html:
        raise BadPage("it declares a document type, which cleaned HTML does not have")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        return etree.fromstring(html.encode(), parser)
    except UnicodeEncodeError as error:
        raise BadPage(f"character {error.start} is half a character") from None
    except etree.XMLSyntaxError as error:
        raise BadPage(f"it is no XML: {' '.join(str(error).split())[:200]}") from None


def write_page(page: Element) -> str:
    """The text that `read_page` reads as this page."""
    text: str = etree.tostring(page, encoding="unicode", with_tail=False)
    return text


def elements(page: Element) -> dict[str, Element]:
    """The elements with an id, the first one of each, without texts."""
    found: dict[str, Element] = {}
    for element in page.iter("*"):
        if element.tag != TEXT and ID in element.attrib:
            found.setdefault(element.attrib[ID], element)
    return found


def id_of(element: Element | None) -> str:
    """Its id; "" where it has none, or is none."""
    return "" if element is None else str(element.get(ID, ""))
