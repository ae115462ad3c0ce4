"""The page at `/`, with links to everything on this port. Azure has a page of its own there."""

from collections.abc import Iterable
from html import escape

from aiohttp import web

STYLE = "body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }"
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def home_page(title: str, links: Iterable[tuple[str, str]]) -> web.Response:
    """A page of links: each a path on this port, and what is there."""
    items = "\n".join(f'<li><a href="{escape(path)}">{escape(path)}</a> {escape(what)}</li>' for path, what in links)
    page = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n<ul>\n{items}\n</ul></body></html>\n"
    )
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return web.Response(text=page, content_type="text/html", headers=headers)
