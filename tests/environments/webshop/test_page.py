"""Reading a page, whoever wrote it."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from environments.webshop.page import read_page

PIECES = st.sampled_from(
    [
        "<button>",
        "</button>",
        "<a class='product-link'>",
        "<input",
        " type='radio'",
        ">",
        "x",
        "<!--",
        "<script id='outcome'>",
        "{",
        "<form>",
    ]
)


@given(st.text(max_size=300) | st.lists(PIECES, max_size=20).map("".join))
def test_a_page_that_is_none_of_ours_is_an_error_and_no_crash(html: str) -> None:
    with contextlib.suppress(ValueError, KeyError):
        read_page(html).observation("text_rich")


def test_only_what_is_visible_is_text() -> None:
    html = """<html><head><title>no</title></head><body><p aria-hidden="true">no <b>no</b></p><style>no</style><!-- no -->
    <h4>Instruction: <br>a &lt;b&gt; &amp; c</h4><button> Search </button><script>no</script></body></html>"""  # noqa: E501
    assert read_page(html).observation("text") == "Instruction: [SEP] a <b> & c [SEP] Search"


def test_a_button_wins_over_an_option_of_its_name_and_an_option_over_a_product() -> None:
    html = """<form action="f"><button>Features</button></form><a class="product-link" href="p">B1</a>
    <input type="radio" value="features" data-url="o"><input type="radio" value="b1" data-url="o">"""
    clicks = read_page(html).clicks
    assert {name: click.address for name, click in clicks.items()} == {"features": "f", "b1": "o"}
