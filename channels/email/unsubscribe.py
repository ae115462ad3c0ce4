"""How an email offers to unsubscribe: in its headers, for mail programs, and in what it says."""

import re

PLACE = "{{unsubscribeUrl}}"
"""What the content may hold where the link belongs; without it the link stands at the end."""


def one_click(url: str) -> dict[str, str]:
    """RFC 8058: the mail program shows a button, and POSTs when it is pressed."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def with_link_in_text(text: str, url: str) -> str:
    return text.replace(PLACE, url) if PLACE in text else f"{text}\n\nUnsubscribe: {url}"


def with_link_in_html(html: str, url: str) -> str:
    """The URL has no character that means something in HTML."""
    if PLACE in html:
        return html.replace(PLACE, url)
    link = f'<p><a href="{url}">Unsubscribe</a></p>'
    ends = [found.start() for found in re.finditer("</body", html, re.IGNORECASE)]
    place = ends[-1] if ends else len(html)
    return f"{html[:place]}{link}{html[place:]}"
