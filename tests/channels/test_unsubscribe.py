"""Where the link to unsubscribe stands in an email."""

import pytest

from channels.email.unsubscribe import PLACE, one_click, with_link_in_html, with_link_in_text

URL = "https://landfall.example.com/api/preferences/a.b-c_d"
LINK = f'<p><a href="{URL}">Unsubscribe</a></p>'


def test_a_mail_program_finds_the_link_in_the_headers_of_rfc_8058():
    assert one_click(URL) == {"List-Unsubscribe": f"<{URL}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@pytest.mark.parametrize(
    ("html", "becomes"),
    [
        ("<p>Hello</p>", f"<p>Hello</p>{LINK}"),
        ("<html><body><p>Hello</p></body></html>", f"<html><body><p>Hello</p>{LINK}</body></html>"),
        ("<BODY>Hello</BODY>", f"<BODY>Hello{LINK}</BODY>"),
        ("<pre>&lt;/body></pre></body>", f"<pre>&lt;/body></pre>{LINK}</body>"),
        (f'<a href="{PLACE}">No more</a>', f'<a href="{URL}">No more</a>'),
    ],
)
def test_the_link_stands_where_the_content_says_or_at_the_end(html, becomes):
    assert with_link_in_html(html, URL) == becomes


def test_a_plain_text_ends_with_the_link_unless_it_has_a_place_for_it():
    assert with_link_in_text("Hello", URL) == f"Hello\n\nUnsubscribe: {URL}"
    assert with_link_in_text(f"Hello\n{PLACE}\nBye", URL) == f"Hello\n{URL}\nBye"
