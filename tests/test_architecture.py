"""The budgets and habits that keep the code easy to read, measured; the import contracts stand in `.importlinter`."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("mailcore", "mailio", "workers", "tasks", "milter_front", "rest_api", "mailchord")
BESIDE = ("bench", "tests")

FILE_LINES = 400
TEST_FILE_LINES = 600  # tables of cases are long and flat
FUNCTION_LINES = 50
FUNCTION_LINES_P95 = 42
TEST_SHARE = 0.65

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


PRODUCT = python_files(*PACKAGES)
EVERYTHING = python_files(*PACKAGES, *BESIDE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, Function))


def lines_of(function: Function) -> int:
    """Lines from `def` to the end; decorators do not count."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def line_count(paths: list[Path]) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def attributes(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every `name.attribute` that stands in the code, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}", node.lineno


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module that is imported, as written, with its line; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def test_files_are_short() -> None:
    long = {name_of(path): line_count([path]) for path in EVERYTHING if line_count([path]) > limit_of(path)}
    assert not long, "too long; split by what a reader looks for"


def limit_of(path: Path) -> int:
    return TEST_FILE_LINES if path.relative_to(ROOT).parts[0] == "tests" else FILE_LINES


def test_functions_are_short() -> None:
    long = [
        f"{name_of(path)}:{function.lineno} {function.name} {lines_of(function)}"
        for path in EVERYTHING
        for function in functions(path)
        if lines_of(function) > FUNCTION_LINES
    ]
    assert not long, f"longer than {FUNCTION_LINES} lines"


def test_most_functions_are_much_shorter() -> None:
    sizes = sorted(lines_of(function) for path in PRODUCT for function in functions(path))
    assert sizes[math.ceil(len(sizes) * 0.95) - 1] <= FUNCTION_LINES_P95


def test_every_function_is_annotated() -> None:
    bare = [
        f"{name_of(path)}:{function.lineno} {function.name}"
        for path in EVERYTHING
        for function in functions(path)
        if function.returns is None or any(argument.annotation is None for argument in arguments(function))
    ]
    assert not bare


def arguments(function: Function) -> list[ast.arg]:
    """The arguments that want an annotation: all but `self` and `cls`."""
    spec = function.args
    named = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
    starred = [argument for argument in (spec.vararg, spec.kwarg) if argument]
    return [argument for argument in [*named, *starred] if argument.arg not in ("self", "cls")]


def test_every_module_says_what_it_is_for() -> None:
    silent = [name_of(path) for path in PRODUCT if path.read_text().strip() and not ast.get_docstring(tree_of(path))]
    assert not silent, "a module begins with one sentence"


def test_names_say_something() -> None:
    empty = [name_of(path) for path in EVERYTHING if {path.stem, *path.parent.relative_to(ROOT).parts} & EMPTY_NAMES]
    assert not empty


def test_there_are_enough_tests() -> None:
    share = line_count(python_files("tests")) / line_count(PRODUCT)
    assert share >= TEST_SHARE, f"{share:.2f} lines of test for each line of source"


# The environment is read once, at the start of a program, and handed down. mailchord/ holds the programs.
@pytest.mark.parametrize("name", ["os.environ", "os.getenv", "os.putenv"])
def test_the_environment_is_read_in_the_composition_root_only(name: str) -> None:
    readers = [
        f"{name_of(path)}:{line}"
        for path in PRODUCT
        if path.relative_to(ROOT).parts[0] != "mailchord"
        for attribute, line in attributes(tree_of(path))
        if attribute == name
    ]
    assert not readers


def test_libraries_do_not_print() -> None:
    printing = [
        f"{name_of(path)}:{node.lineno}"
        for path in PRODUCT
        if path.relative_to(ROOT).parts[0] != "mailchord"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not printing


# What an import contract cannot name: a part of a package of the standard library, and built-in functions.
THINKING = python_files("mailcore", "workers")


def test_what_thinks_fetches_nothing() -> None:
    fetching = [
        f"{name_of(path)}:{line} {module}"
        for path in THINKING
        for module, line in imported(tree_of(path))
        if module.startswith(("urllib.request", "http.client", "xmlrpc", "ftplib"))
    ]
    assert not fetching


def test_what_thinks_opens_no_file() -> None:
    opening = [
        f"{name_of(path)}:{node.lineno}"
        for path in THINKING
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open"
    ]
    assert not opening


def test_the_product_does_not_import_its_tests() -> None:
    importing = [
        f"{name_of(path)}:{line} {module}"
        for path in PRODUCT
        for module, line in imported(tree_of(path))
        if module.split(".")[0] in BESIDE
    ]
    assert not importing


def test_every_detector_has_its_test_file() -> None:
    detectors = [path for path in (ROOT / "workers").glob("*/detectors/*.py") if path.stem != "__init__"]
    assert detectors, "no detectors found: has the layout changed?"
    tests = {path.name for path in (ROOT / "tests" / "workers").rglob("test_*.py")}
    orphans = [name_of(path) for path in detectors if f"test_{path.name}" not in tests]
    assert not orphans


def test_only_one_place_catches_everything() -> None:
    """`except Exception` hides the next bug beside the one it was written for."""
    catching = [
        f"{name_of(path)}:{node.lineno}"
        for path in PRODUCT
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler) and is_broad(node) and name_of(path) not in CATCHES_ALL
    ]
    assert not catching


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether it swallows everything; one that cleans up and raises again does not."""
    if isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None:
        return False
    named = handler.type.id if isinstance(handler.type, ast.Name) else ""
    return handler.type is None or named in ("Exception", "BaseException")


# Each with its reason. The list is a debt: it should get shorter.
CATCHES_ALL = {
    "workers/runner.py",  # a detector that raises is a line in the report, and the others go on
    "workers/attachments/foreign_code.py",  # a parser of hostile files that raises is a problem of one file
    "workers/sandbox/emulation.py",  # an emulator of Windows that raises ends the program that it emulates, not more
    "workers/sandbox/gather.py",  # code that breaks its interpreter is a problem of that file, and the others are run
    "tasks/link_changes.py",  # a judged message is delivered as it came where its links cannot be replaced
    "mailio/cage_child.py",  # whatever a parser raises in its cage is told to the parent, which judges it
    "milter_front/milter.py",  # a bug on one message defers it and frees its session, and the others go on
}
