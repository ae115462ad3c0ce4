"""A page that shows messages as their recipient would see them."""

from collections.abc import Sequence
from html import escape

from local.providers.ledger import Effect

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; background: #f3f4f6; color: #1f2937; max-width: 40rem; margin: 2rem auto; }
article { background: white; border-radius: .75rem; padding: .75rem 1rem; margin: 1rem 0; box-shadow: 0 1px 2px #0002; }
header { color: #6b7280; font-size: .85rem; display: flex; justify-content: space-between; }
h2 { font-size: 1rem; margin: .25rem 0; } p, pre { white-space: pre-wrap; margin: .25rem 0; }
iframe { border: 1px solid #e5e7eb; border-radius: .5rem; width: 100%; height: 16rem; margin-top: .5rem; }
"""
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'"


def inbox_page(title: str, effects: Sequence[Effect]) -> str:
    """HTML of these messages, newest first. All they hold is escaped; an email's HTML runs no scripts."""
    messages = "".join(_message(effect) for effect in reversed(effects)) or "<p>Nothing has arrived yet.</p>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>{messages}</body></html>"
    )


def _message(effect: Effect) -> str:
    when = f"{effect.at:%d %B %Y, %H:%M:%S} UTC"
    route = f"{effect.channel} to {effect.to}"
    return (
        f"<article><header><span>{escape(route)}</span><span>{when}</span></header>"
        f"{''.join(_part(name, value) for name, value in effect.content.items())}</article>"
    )


def _part(name: str, value: object) -> str:
    match name:
        case "subject":
            return f"<h2>{escape(str(value))}</h2>"
        case "text":
            return f"<p>{escape(str(value))}</p>"
        case "html":
            return f'<iframe sandbox title="HTML" srcdoc="{escape(str(value))}"></iframe>'
        case _:
            return f"<pre>{escape(name)}: {escape(str(value))}</pre>"
