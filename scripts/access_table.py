"""Write the table of routes and roles into docs/access.md, from what the app registers.

python3 scripts/access_table.py
"""

import os
from pathlib import Path

from domain.access.caller import ROLES
from local.host.app.app_loader import load_app
from local.host.app.user_code import user_code
from local.host.http.http_triggers import route_of
from triggers.http.gate import ROLES_OF

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "access.md"
BEGIN, END = "<!-- routes and roles -->\n", "<!-- end -->"


def routes() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Method, path, the function's name and the roles that may call it, in the order of paths."""
    found = []
    for function in load_app(ROOT).of_kind("httpTrigger"):
        route = route_of(function)
        roles = ROLES_OF.get(user_code(function.call).__name__, ())
        found += [(method, f"/api/{route.template}", function.name, roles) for method in route.methods]
    return sorted(found, key=lambda route: (route[1], route[0]))


def table() -> str:
    lines = [f"| route | {' | '.join(ROLES)} |", f"| --- |{' :-: |' * len(ROLES)}"]
    for method, path, _, roles in routes():
        cells = ["public"] * len(ROLES) if roles == ("public",) else ["✓" if role in roles else "" for role in ROLES]
        lines.append(f"| `{method} {path}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def with_table(page: str) -> str:
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    os.chdir(ROOT)
    PAGE.write_text(with_table(PAGE.read_text()))
