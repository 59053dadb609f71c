"""Geometry of SVG: path data, transformations, which shape lies within which (SVG 1.1, chapters 7 and 8)."""

from __future__ import annotations

import math
import re

Point = tuple[float, float]
# a, b, c, d, e, f of x' = ax + cy + e, y' = bx + dy + f.
Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

POINTS = 40_000  # of one path
_NUMBER = r"[+-]?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(?:[eE][+-]?\d{1,2})?"
_TOKEN = re.compile(rf"([MmLlHhVvZzCcSsQqTtAa])|({_NUMBER})")
_NUMBERS = re.compile(_NUMBER)
_FUNCTION = re.compile(r"(matrix|translate|scale|rotate)\s*\(([^()]{0,200})\)")
# Numbers that each command takes; the last two are where it goes.
_TAKES = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "t": 2, "a": 7, "z": 0}
_HOLDERS = 60  # largest outlines of a path in which others are looked for
_SIDES = 12  # of what stands for a circle


def numbers(text: str) -> list[float]:
    return [float(number) for number in _NUMBERS.findall(text[:1_000_000])[: 2 * POINTS]]


def read_path(data: str, outlines: int) -> list[list[Point]]:
    """The outlines of a path, curves as straight lines to their ends; at most `outlines`, and POINTS points."""
    found: list[list[Point]] = []
    x = y = 0.0
    start: Point = (0.0, 0.0)
    command, given, left = "", list[float](), POINTS
    for letter, number in _TOKEN.findall(data[:1_000_000]):
        if letter:
            command, given = letter, []
            if letter in "Zz":
                if found:
                    found[-1].append(start)
                x, y = start
            continue
        if not command or command in "Zz":
            continue
        given.append(float(number))
        if len(given) < _TAKES[command.lower()]:
            continue
        left -= 1
        if left <= 0 or len(found) > outlines:
            break
        x, y = _goes_to(command, given, x, y)
        given = []
        if command in "Mm":
            start = (x, y)
            found.append([start])
            # Further pairs are lines (SVG 1.1, 8.3.2).
            command = "l" if command == "m" else "L"
        elif found:
            if found[-1][-1] == start and len(found[-1]) > 1:
                found.append([start])
            found[-1].append((x, y))
    return [outline for outline in found if len(outline) > 1]


def _goes_to(command: str, given: list[float], x: float, y: float) -> Point:
    relative = command.islower()
    kind = command.lower()
    if kind == "h":
        return (x if relative else 0.0) + given[0], y
    if kind == "v":
        return x, (y if relative else 0.0) + given[0]
    return (x if relative else 0.0) + given[-2], (y if relative else 0.0) + given[-1]


def read_transform(text: str) -> Matrix:
    """The functions of a `transform` attribute, one after the other; what is not known changes nothing."""
    matrix = IDENTITY
    for name, arguments in _FUNCTION.findall(text[:2_000])[:20]:
        given = numbers(arguments)
        if name == "matrix" and len(given) == 6:
            matrix = chained(matrix, (given[0], given[1], given[2], given[3], given[4], given[5]))
        elif name == "translate" and given:
            matrix = chained(matrix, (1, 0, 0, 1, given[0], given[1] if len(given) > 1 else 0.0))
        elif name == "scale" and given:
            matrix = chained(matrix, (given[0], 0, 0, given[1] if len(given) > 1 else given[0], 0, 0))
        elif name == "rotate" and given:
            sine, cosine = math.sin(math.radians(given[0])), math.cos(math.radians(given[0]))
            x, y = (given[1], given[2]) if len(given) > 2 else (0.0, 0.0)
            turned: Matrix = (cosine, sine, -sine, cosine, x - cosine * x + sine * y, y - sine * x - cosine * y)
            matrix = chained(matrix, turned)
    return matrix


def chained(outer: Matrix, inner: Matrix) -> Matrix:
    a, b, c, d, e, f = outer
    p, q, r, s, t, u = inner
    return (a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, a * t + c * u + e, b * t + d * u + f)


def circle(x: float, y: float, across: float, down: float) -> list[Point]:
    steps = [2 * math.pi * number / _SIDES for number in range(_SIDES)]
    return [(x + across * math.cos(step), y + down * math.sin(step)) for step in steps]


def depths(outlines: list[list[Point]]) -> list[tuple[list[Point], int]]:
    """The outlines, the largest first, each with the number of others in which it lies."""
    boxes = [
        (min(x for x, _ in outline), min(y for _, y in outline), max(x for x, _ in outline), max(y for _, y in outline))
        for outline in outlines
    ]
    order = sorted(range(len(outlines)), key=lambda number: -_area(boxes[number]))
    found = []
    for rank, number in enumerate(order):
        inside = sum(_holds(boxes[other], boxes[number]) for other in order[: min(rank, _HOLDERS)])
        found.append((outlines[number], inside))
    return found


def _area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _holds(outer: tuple[float, float, float, float], inner: tuple[float, float, float, float]) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and outer[2] >= inner[2]
        and outer[3] >= inner[3]
        and _area(outer) > _area(inner)
    )
