"""HTTP: the description of this API for people, drawn in the browser from `openapi.json`."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

from triggers.http.gate import allow_anybody

bp = df.Blueprint()

PAGE = Path(__file__).with_name("api_page.html")


@bp.route("docs", methods=[func.HttpMethod.GET], auth_level=func.AuthLevel.ANONYMOUS)
@allow_anybody
async def get_docs(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001  # the binding's name
    """One page with all it needs. It is allowed to ask this app, and nobody else."""
    headers = {
        "Content-Security-Policy": content_security_policy(),
        "Referrer-Policy": "no-referrer",  # the address may hold a key
        "X-Content-Type-Options": "nosniff",
    }
    return func.HttpResponse(api_page(), headers=headers, mimetype="text/html")


@cache
def api_page() -> str:
    return PAGE.read_text(encoding="utf-8")


@cache
def content_security_policy() -> str:
    """Only the script and the style that are in the page, each known by its hash."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash_of('script')}",
            f"style-src {_hash_of('style')}",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _hash_of(tag: str) -> str:
    [content] = re.findall(rf"<{tag}>(.*?)</{tag}>", api_page(), re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
