"""The shape of the code: layers, sizes, names."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
# Highest first. Products stand side by side. What Django and other packages bring lies below all of ours.
LAYERS = [
    {"fluxplatform"},
    {"providers", "store", "links", "images", "cloud"},
    {"apikeys"},
    {"plans"},
    {"accounts"},
    {"audit"},
    {"egress"},
    {"api"},
]
HEIGHT = {app: len(LAYERS) - depth for depth, layer in enumerate(LAYERS) for app in layer}
OUR_MODELS = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in HEIGHT]
LARGEST_MODULE, LARGEST_TEST, LARGEST_FUNCTION = 300, 400, 40
# Written by a command from a table, to be read there.
GENERATED = {Path("cloud/route_table.py")}


def own_files():
    folders = [*HEIGHT, "tests", "benchmarks"]
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(
        path.relative_to(ROOT)
        for path in [*paths, *ROOT.glob("*.py")]
        if "migrations" not in path.parts and path.relative_to(ROOT) not in GENERATED
    )


def is_test(path):
    return "tests" in path.parts or "benchmarks" in path.parts


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_a_foreign_key_points_down_or_stays_at_home(model):
    own = model._meta.app_label
    for field in model._meta.get_fields():
        if not isinstance(field, models.ForeignKey | models.ManyToManyField):
            continue
        other = field.related_model._meta.app_label
        assert other == own or HEIGHT.get(other, 0) < HEIGHT[own], f"{field} points to {field.related_model}"


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_no_index_has_columns_that_the_embedded_database_leaves_out(model):
    for index in (*model._meta.indexes, *model._meta.constraints):
        assert not getattr(index, "include", ()), f"{index.name}: put the column last in `fields` instead"


def test_every_app_of_ours_has_a_layer():
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT}
    assert ours <= set(HEIGHT)


def test_imports_follow_the_layers():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_module_fits_into_one_reading():
    lines = {str(path): len((ROOT / path).read_text().splitlines()) for path in own_files()}
    limit = {str(path): LARGEST_TEST if is_test(path) else LARGEST_MODULE for path in own_files()}
    assert {path: count for path, count in lines.items() if count > limit[path]} == {}


def test_a_function_fits_on_one_screen():
    too_long = []
    for path in own_files():
        if is_test(path):
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                # Without signature and docstring, which say more as they grow.
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
                if lines > LARGEST_FUNCTION:
                    too_long.append(f"{path}:{node.lineno} {node.name} has {lines} lines")
    assert too_long == []


def test_every_migration_says_what_it_does():
    unnamed = re.compile(r"^\d{4}_(auto_|alter_|remove_|.*_and_more$|\d)|_\d{8}_\d{4}$")
    files = [path for app in HEIGHT for path in (ROOT / app / "migrations").glob("[0-9]*.py")]
    assert files
    assert [str(path.relative_to(ROOT)) for path in files if unnamed.search(path.stem)] == []


def test_migrations_are_numbered_without_gaps_or_twins():
    for app in HEIGHT:
        numbers = sorted(int(path.name[:4]) for path in (ROOT / app / "migrations").glob("[0-9]*.py"))
        assert numbers == list(range(1, len(numbers) + 1)), app


def test_what_is_tested_has_the_pins_of_what_runs():
    runtime, dev = (
        set(re.findall(r"^([a-z0-9-]+==\S+(?: ;[^\\]+)?)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert runtime
    assert runtime - dev == set()
