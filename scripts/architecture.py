#!/usr/bin/env python3
"""Draw the parts of the app and their imports, from the code itself, into docs/architecture.svg.

    python3 scripts/architecture.py

A solid arrow is an import, but for those that follow from others; a dashed one is a durable function that is called by
its name. Every part may use those below the line.
"""

import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path
from textwrap import wrap

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"

LAYERS = (
    ("function_app",),
    ("triggers",),
    ("orchestrators", "entities"),
    ("activities",),
    ("actions",),
    ("services",),
    ("store", "channels"),
    ("events",),
    ("content",),
    ("telemetry",),
    ("settings",),
    ("domain",),
    ("group_commit",),
)
"""The parts of the app, highest first. A part imports itself and whatever stands lower."""

NOT_DRAWN = {"function_app", "group_commit"}  # the list of parts, and a library
EVERYBODYS = ("telemetry", "settings", "domain")
OUTSIDE = {
    "store": ("left", "Cosmos DB", "or SQLite"),
    "channels": ("right", "WhatsApp, SMS,", "email providers"),
    "events": ("right", "subscribers", "on Event Grid"),
}

WIDTH, LEFT, RIGHT, MIDDLE = 960, 180, 780, 480
HALF, HEIGHT, GAP, SIDE = 270, 58, 32, 132


def imports_of(file: Path) -> Iterator[str]:
    """The top-level names that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names):
                yield from (name.name.partition(".")[0] for name in names)
            case ast.ImportFrom(module=str(module)):
                yield module.partition(".")[0]


def files_of(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py")) or [ROOT / f"{part}.py"]


def says(part: str) -> str:
    """The first sentence of a part's docstring."""
    file = ROOT / part / "__init__.py"
    text = ast.get_docstring(ast.parse((file if file.exists() else ROOT / f"{part}.py").read_text())) or ""
    return " ".join(text.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")


def arrows() -> set[tuple[str, str]]:
    """Imports between the parts that have a place of their own, without those that follow from others."""
    parts = {part for layer in LAYERS for part in layer} - NOT_DRAWN - {*EVERYBODYS}
    uses = {part: {each for file in files_of(part) for each in imports_of(file)} & parts - {part} for part in parts}

    def reaches(start: str) -> set[str]:
        return {start}.union(*(reaches(each) for each in uses[start]))

    return {
        (part, used)
        for part in parts
        for used in uses[part]
        if not any(used in reaches(other) for other in uses[part] - {used})
    }


def calls() -> set[tuple[str, str]]:
    """Who names a durable function of another part: workflows are started, activities and entities called, by name."""
    kinds = ("orchestrators", "activities", "entities")
    named = {file.stem: kind for kind in kinds for file in files_of(kind)}
    found = set()
    for part in ("orchestrators", "actions"):
        for file in files_of(part):
            texts = {each.value for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.Constant)}
            found |= {(part, named[text]) for text in texts if isinstance(text, str) and text in named}
    return {(caller, called) for caller, called in found if caller != called}


Box = tuple[int, int, int]
"""Left, top, width."""


def places() -> dict[str, Box]:
    """Where each part stands: a row for each layer, two in a row side by side."""
    top, boxes = 100, dict[str, Box]()
    for layer in LAYERS:
        drawn = [part for part in layer if part not in NOT_DRAWN]
        if not drawn:
            continue
        if drawn == ["settings"]:
            boxes["settings"] = (RIGHT - HALF, boxes["telemetry"][1], HALF)
            continue
        for place, part in enumerate(drawn):
            is_half = len(drawn) == 2 or part in ("activities", "telemetry")
            left = RIGHT - HALF if place or part == "events" else LEFT
            boxes[part] = (left, top, HALF if is_half or part == "events" else RIGHT - LEFT)
        top += HEIGHT + GAP
    return boxes


def box(name: str, text: str, place: Box, kind: str = "part") -> str:
    left, top, width = place
    lines = wrap(text, width // 7)[:2]
    first = top + (27 if len(lines) == 1 else 20)
    words = "".join(
        f'<text class="says" x="{left + width // 2}" y="{first + 17 + 14 * number}">{escape(each)}</text>'
        for number, each in enumerate(lines)
    )
    title = f'<text class="name" x="{left + width // 2}" y="{first}">{escape(name)}</text>'
    return f'<rect class="{kind}" x="{left}" y="{top}" width="{width}" height="{HEIGHT}" rx="6"/>{title}{words}'


def outside(top: int, left: int, width: int, *lines: str) -> str:
    height = 20 + 16 * len(lines)
    words = "".join(
        f'<text class="outer" x="{left + width // 2}" y="{top + 22 + 16 * number}">{escape(each)}</text>'
        for number, each in enumerate(lines)
    )
    return f'<rect class="outside" x="{left}" y="{top}" width="{width}" height="{height}" rx="18"/>{words}'


def line(points: list[tuple[int, int]], kind: str) -> str:
    path = "M" + " L".join(f"{x} {y}" for x, y in points)
    return f'<path class="{kind}" d="{path}" marker-end="url(#head)"/>'


def between(boxes: dict[str, Box], upper: str, lower: str, kind: str) -> str:
    """From one box to another: straight down or up where nothing is between, else through the free middle."""
    (left, top, width), (other_left, other_top, other_width) = boxes[upper], boxes[lower]
    if top == other_top:
        return line([(left + width, top + 46), (other_left, top + 46)], kind)
    if top > other_top:  # upwards, beside what stands between
        x = other_left + other_width // 2
        if other_left == LEFT:
            bend = [(MIDDLE - 14, top), (MIDDLE - 14, other_top + 16)]
            return line([*bend, (other_left + other_width, other_top + 16)], kind)
        return line([(x, top), (x, other_top + HEIGHT)], kind)
    start, end = max(left, other_left), min(left + width, other_left + other_width)
    is_next = other_top - top == HEIGHT + GAP
    x = (start + end) // 2 if is_next else MIDDLE + 14
    return line([(x, top + HEIGHT), (x, other_top)], kind)


def picture() -> str:
    """The whole picture, the same for the same code."""
    boxes = places()
    bottom = max(top for _, top, _ in boxes.values()) + HEIGHT
    parts = [box(part, says(part), place) for part, place in boxes.items() if part not in EVERYBODYS]
    shared = [box(part, says(part), boxes[part], "shared") for part in EVERYBODYS]
    rule = boxes["telemetry"][1] - GAP // 2
    inside = [between(boxes, *pair, "import") for pair in sorted(arrows())]
    inside += [between(boxes, *pair, "call") for pair in sorted(calls())]
    around = []
    for place, name in enumerate(("callers, by HTTP", "Event Grid", "timers")):
        left = LEFT + place * 205
        around.append(outside(14, left, 190, name))
        around.append(line([(left + 95, 50), (left + 95, boxes["triggers"][1])], "import"))
    for part, (side, *lines) in OUTSIDE.items():
        left, top, width = boxes[part]
        edge = 16 if side == "left" else WIDTH - 16 - SIDE
        around.append(outside(top + 3, edge, SIDE, *lines))
        middle = top + HEIGHT // 2
        ends = [(left, middle), (edge + SIDE, middle)] if side == "left" else [(left + width, middle), (edge, middle)]
        around.append(line(ends, "import"))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 16}" width="{WIDTH}" role="img">',
            "<title>The parts of Landfall, and who imports whom</title>",
            STYLE,
            *around,
            *inside,
            f'<path class="rule" d="M{LEFT} {rule} H{RIGHT}"/>',
            f'<text class="says" x="{LEFT - 82}" y="{rule + 40}">every part</text>',
            f'<text class="says" x="{LEFT - 82}" y="{rule + 55}">may use these</text>',
            *parts,
            *shared,
            "</svg>",
            "",
        ]
    )


STYLE = """<style>
  text { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; text-anchor: middle; }
  .name { font-size: 15px; font-weight: 600; fill: #1f2933; }
  .says { font-size: 12px; fill: #52606d; }
  .outer { font-size: 13px; fill: #52606d; }
  .part { fill: #eef4fb; stroke: #5b8fc9; }
  .shared { fill: #f2f4f7; stroke: #9aa5b1; }
  .outside { fill: none; stroke: #9aa5b1; stroke-dasharray: 2 3; }
  .import, .call { fill: none; stroke: #5b8fc9; stroke-width: 1.4; }
  .call { stroke-dasharray: 5 4; }
  .rule { stroke: #9aa5b1; stroke-dasharray: 1 4; }
  #head path { fill: #5b8fc9; }
  @media (prefers-color-scheme: dark) {
    .name { fill: #e6edf3; }
    .says, .outer { fill: #9da7b3; }
    .part { fill: #14263b; }
    .shared { fill: #1c2129; }
  }
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
  <path d="M0 0 L8 4 L0 8 z"/></marker></defs>"""


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
