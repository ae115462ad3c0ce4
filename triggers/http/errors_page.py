"""HTTP: the page to which the `type` of every problem leads."""

from collections.abc import Iterable
from functools import cache
from html import escape

import azure.durable_functions as df
import azure.functions as func

from triggers.http.gate import allow_anybody
from triggers.http.responses.pages import page
from triggers.http.responses.problem_types import FIELD_CODES, PROBLEM_TYPES

bp = df.Blueprint()


@bp.route("docs/errors", methods=[func.HttpMethod.GET], auth_level=func.AuthLevel.ANONYMOUS)
@allow_anybody
async def get_errors(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001  # the binding's name
    """Every type of problem and every code of a field. Without a key: who follows a `type` has none at hand."""
    return page("Landfall: errors", tables())


@cache
def tables() -> str:
    types = [(code, str(each.status), each.title, each.fixed_by, each.retry) for code, each in PROBLEM_TYPES.items()]
    return f"""<h1>Errors</h1>
<p>To ask about one, name its <code>requestId</code>.</p>
<table>
<tr><th>type</th><th>status</th><th>meaning</th><th>who fixes it</th><th>retry</th></tr>
{_rows(types)}
</table>
<h2>Codes of fields</h2>
<table>
<tr><th>code</th><th>the field</th></tr>
{_rows(FIELD_CODES.items())}
</table>"""


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    """Each begins with a code, under which a link finds it."""
    return "\n".join(
        f'<tr id="{code}"><td><code>{code}</code></td>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for code, *cells in rows
    )
