"""The page: whatever was written by a model, an environment or a user is text in it, and the text is whole."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.program.terminal import visible
from serve.report.page import page
from tests.serve.report.report_contents import MORE, NO_MORE, NOTHING, SCORE, contents

HOSTILE = (
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</div></details>",
        "<!--",
        "-->",
        "]]>",
        "<svg/onload=alert(1)>",
        "</style>",
    ),
    *(
        '" onclick="alert(1)',
        "' autofocus onfocus='alert(1)",
        "&lt;b&gt;",
        "&#x3c;",
        "{{ 7 * 7 }}",
        "{% include 'page.css' %}",
        "javascript:alert(1)",
    ),
    *("\0", "\x1b[31m", "\u202e", "\ud800", "\r\n", "\u2028", "\x08", "\ufeff", "```", "|", "  ", "\n\n", "\t"),
)
TEXTS = st.lists(
    st.sampled_from(HOSTILE) | st.text(st.characters(), min_size=1, max_size=8), min_size=1, max_size=5
).map("".join)
VOID = {"meta", "br"}


class Seen(HTMLParser):
    """The page as a browser takes it: elements with their attributes, in order; every message with who said it; labels
    for the ear.
    """

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.messages: list[tuple[str, str]] = []
        self.spoken: list[str] = []
        self._open: list[str] = []  # an element's name, or of a message's parts their class
        self.feed(document)
        self.close()
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.spoken.append(found.pop("aria-label", None) or "")
        self.elements.append((tag, found))
        of_class = found.get("class") or ""
        if tag == "div" and of_class.startswith("said "):
            self.messages.append((of_class.removeprefix("said "), ""))
        if tag not in VOID:
            self._open.append("message" if of_class == "text" else tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() in (tag, "message")

    def handle_data(self, data: str) -> None:
        if "message" in self._open:
            kind, before = self.messages[-1]
            self.messages[-1] = (kind, before + data)


PLAIN = Seen(page(contents("x")))


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_no_text_adds_an_element_or_an_attribute_and_every_message_is_whole(text: str):
    seen = Seen(page(contents(text)))
    assert seen.elements == PLAIN.elements
    shown = visible(text)
    assert seen.messages == [(kind, shown * len(said)) for kind, said in PLAIN.messages]
    assert any(shown in label for label in seen.spoken)


def test_the_page_loads_and_runs_nothing():
    document = page(contents("x"))
    assert not {tag for tag, _ in PLAIN.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "input",
        "video",
        "audio",
    }
    for _, attributes in PLAIN.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in ("src", "srcset", "action", "style")
            assert name != "href" or str(value).startswith("#")
    assert "url(" not in document
    assert "@import" not in document
    (policy,) = [
        attributes["content"]
        for _, attributes in PLAIN.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def test_every_link_of_the_contents_has_its_place():
    places = {attributes.get("id") for _, attributes in PLAIN.elements}
    links = {str(attributes["href"]).removeprefix("#") for _, attributes in PLAIN.elements if "href" in attributes}
    assert links
    assert links <= places


def test_a_score_stands_at_its_place_on_the_axis_and_is_said_in_words():
    document = page(contents("x", SCORE._replace(value=0.25, low=0.125, high=1.0)))
    assert document.count('<circle cx="25.00%"') == 2
    assert document.count('<line class="interval" x1="12.50%" x2="100.00%"') == 2
    assert "1 x: 0.250, 95 % interval 0.125 to 1.000, on an axis from 0 to 1" in Seen(document).spoken


def test_where_dropped_errors_left_nothing_there_is_a_dash_and_no_point():
    document = page(contents("x", NOTHING, NO_MORE))
    assert ">nan" not in document
    assert "nan%" not in document
    assert "<circle" not in document
    assert '<td class="n ">–</td>' in document


def test_errors_are_named_and_never_hidden():
    document = page(contents("x"))
    assert '<td class="n errors">1<span class="small">1 task error</span></td>' in document


def test_bold_is_what_the_test_supports_and_nothing_else():
    for p_holm, bold in ((0.0499, True), (0.05, False), (0.12, False)):
        document = page(contents("x", more=MORE._replace(p_holm=p_holm)))
        assert ('<td class="n supported">+0.500</td>' in document) is bold
        assert ('<td class="n ">+0.500</td>' in document) is not bold
