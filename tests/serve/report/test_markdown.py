"""Markdown: whatever was written by a model, an environment or a user is text there too."""

from __future__ import annotations

import html
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from actors.program.terminal import one_line, visible
from serve.report.markdown_page import markdown
from serve.tables.markdown_text import escaped, fenced
from tests.serve.report.report_contents import contents

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PIECES = st.sampled_from(
    [
        *"\\`*_[]<>#|~$&@-+=.!:()\n\t 1a",
        "```",
        "~~~",
        "https://x.org",
        "www.x.org",
        "&lt;",
        "<script>",
        "![x](y)",
        "\0",
        "\u202e",
        "\ud800",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=4), min_size=1, max_size=12).map("".join)


@settings(max_examples=300)
@given(text=TEXTS)
@example("- - -")
@example("+ x")
@example("12. x")
@example("1)")
@example("    x")
@example("---|---")
def test_escaped_text_is_one_paragraph_that_reads_as_the_text(text: str):
    rendered = READER.render(escaped(text)).strip()
    shown = one_line(text)
    assert rendered == (f"<p>{html.escape(shown, quote=False).replace(chr(34), '&quot;')}</p>" if shown else "")


@settings(max_examples=150)
@given(text=TEXTS)
def test_in_a_cell_and_in_a_heading_and_in_an_item_too(text: str):
    cell = escaped(text) or "x"
    assert READER.render(f"| {cell} | b |\n| --- | --- |\n| {cell} | d |\n").count("<t") == READER.render(
        "| a | b |\n| --- | --- |\n| c | d |"
    ).count("<t")
    for before, tag in (("# ", "h1"), ("- ", "li")):
        (found,) = re.findall(rf"<{tag}>(.*)</{tag}>", READER.render(before + cell))
        assert "<" not in found


@settings(max_examples=150)
@given(text=TEXTS)
@example("```")
@example("a\n`````\nb")
@example("~~~")
def test_a_message_in_its_fence_is_whole(text: str):
    (token,) = READER.parse("\n".join(fenced(text)))
    assert (token.type, token.content) == ("fence", visible(text) + "\n")


def test_no_address_becomes_a_link():
    assert escaped("see https://x.org and www.x.org, me@x.org") == r"see https\://x.org and www\.x.org, me\@x.org"


@settings(max_examples=30, deadline=None)
@given(text=TEXTS)
def test_the_whole_report_has_the_same_shape_whatever_was_written(text: str):
    def shape(of: str) -> list[str]:
        return [token.type for token in READER.parse(markdown(contents(of))) if token.type != "inline"]

    assert shape(text + "x") == shape("x")
