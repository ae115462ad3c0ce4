"""Pages for people: HTML with nothing from elsewhere, and with no script."""

import base64
import hashlib

import azure.functions as func

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
main { max-width: 34rem; }
td, th { border-bottom: 1px solid #8884; padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; }
tr:target { background: #fc86; }
fieldset { border: 1px solid #8884; border-radius: .5rem; margin: 0 0 1rem; padding: .5rem 1rem; }
label { display: block; padding: .35rem 0; }
button { border: 1px solid #8888; border-radius: .5rem; cursor: pointer; font: inherit; margin: 0 .5rem .5rem 0;
  padding: .5rem 1rem; }
button.main { background: #1b6ac9; border-color: #1b6ac9; color: #fff; }
p.done { background: #2a72; border-radius: .5rem; padding: .5rem 1rem; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def page(title: str, body: str, status: int = 200, **headers: str) -> func.HttpResponse:
    """`title` and `body` are HTML. A name of a header has `_` for `-`."""
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""
    usual = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    return func.HttpResponse(html, status_code=status, headers={**usual, **own}, mimetype="text/html")
