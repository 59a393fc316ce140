"""The house rules, as tests: who may import whom, how things are named, what starts fast, what the pages hold."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.test_locks import canonical, locked, read

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("environments", "actors", "train", "serve", "agenttuning")
MODULES = sorted(path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py"))
PAGES = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
HEAVY = {"torch", "ray", "vllm", "transformers", "docker", "openai", "aiomysql", "pyarrow", "textworld", "numpy"}

# DESIGN: what each room never imports.
FORBIDDEN = {
    "environments": ("actors", "train", "serve", "agenttuning", "ray"),
    "actors": ("train", "serve", "agenttuning"),
    "train": ("serve", "environments", "agenttuning"),
    "serve": ("agenttuning",),
    "agenttuning": (),
}

# The rooms of a top folder from the ground up: those of one line stand beside each other and do not import each other.
FLOORS = {
    "actors": ("program", "files", "records", "llms", "episodes", "dataset service"),
    "train": ("settings", "log renderers", "data", "attention", "model", "plan", "preview run"),
    "serve": ("tables", "evaluation", "check general", "report", "pipeline", "runs"),
}
SHARED_BY_ENVIRONMENTS = {"kinds", "sandbox"}
MOST_MODULES = 20  # of a folder
MOST_UNNAMED = 4  # arguments of a constructor


def imports(path: Path) -> Iterator[str]:
    """The full names of everything that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = ".".join(path.parts[: len(path.parts) - node.level]) if node.level else ""
            module = ".".join(part for part in (module, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_imports_what_it_must_not_know(room: str) -> None:
    wrong = [
        f"{path} imports {name}"
        for path in MODULES
        if path.parts[0] == room
        for name in imports(path)
        if any(within(name, forbidden) for forbidden in FORBIDDEN[room])
    ]
    assert not wrong


def test_train_knows_only_the_records_the_files_and_the_program_of_the_rollouts() -> None:
    allowed = ("actors.records", "actors.files", "actors.program")
    assert not [
        f"{path} imports {name}"
        for path in MODULES
        if path.parts[0] == "train"
        for name in imports(path)
        if within(name, "actors") and not any(within(name, package) for package in allowed)
    ]


def small_room(path: Path) -> str:
    """The folder of a module inside its top folder, or the module itself where it stands in none."""
    return path.parts[1] if len(path.parts) > 2 else path.stem


@pytest.mark.parametrize("top", FLOORS)
def test_every_room_has_a_floor_and_imports_only_what_lies_below_it(top: str) -> None:
    floor = {name: number for number, names in enumerate(FLOORS[top]) for name in names.split()}
    inside = [path for path in MODULES if path.parts[0] == top and small_room(path) not in ("__init__", "__main__")]
    assert {small_room(path) for path in inside} == floor.keys()
    assert not [
        f"{path} imports {name}"
        for path in inside
        for name in imports(path)
        if within(name, top)
        for other in name.split(".")[1:2]
        if other in floor and other != small_room(path) and floor[other] >= floor[small_room(path)]
    ]


def test_the_architecture_s_page_has_a_line_on_every_room() -> None:
    tables = read("docs/architecture.md")
    rooms = [name for floors in FLOORS.values() for names in floors for name in names.split() if name != "settings"]
    assert not [name for name in rooms if not re.search(rf"^\|[^|]*`{name}`", tables, re.MULTILINE)]


def test_no_environment_imports_another() -> None:
    """Nor does what they have in common (`SHARED_BY_ENVIRONMENTS`) import any."""
    rooms = {path.parts[1] for path in MODULES if path.parts[0] == "environments" and len(path.parts) > 2}
    assert not [
        f"{path} imports {name}"
        for path in MODULES
        if path.parts[0] == "environments" and path.parts[1] in rooms
        for name in imports(path)
        for other in rooms - SHARED_BY_ENVIRONMENTS - {path.parts[1]}
        if within(name, f"environments.{other}")
    ]


def test_no_folder_is_so_full_that_it_must_be_read_with_a_search() -> None:
    full = Counter(path.parent for path in MODULES if path.stem != "__init__")
    assert not {str(folder): number for folder, number in full.items() if number > MOST_MODULES}


def test_ray_train_and_serve_are_never_imported_by_names_that_are_rooms_here() -> None:
    assert not [
        f"{path} imports {name}"
        for path in MODULES
        for name in imports(path)
        if name in ("ray.train", "ray.serve") and _from_ray(path)
    ]


def _from_ray(path: Path) -> bool:
    return re.search(r"^\s*from ray import .*\b(train|serve)\b", (ROOT / path).read_text(), re.MULTILINE) is not None


def test_names_say_what_a_thing_is() -> None:
    assert not [str(path) for path in MODULES if {path.stem, *path.parts[:-1]} & VAGUE]


def test_what_takes_more_than_four_values_is_made_with_their_names() -> None:
    assert not [
        f"{path}:{call.lineno} {ast.unparse(call.func)}"
        for path in MODULES
        for call in ast.walk(ast.parse((ROOT / path).read_text(), str(path)))
        if isinstance(call, ast.Call) and len(call.args) > MOST_UNNAMED and _makes_a_value(call.func)
    ]


def _makes_a_value(called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name == "cls" or name.lstrip("_")[:1].isupper()


def test_no_module_is_named_like_the_standard_library_or_a_dependency() -> None:
    depended_on = {
        name
        for name, owners in importlib.metadata.packages_distributions().items()
        if {*map(canonical, owners)} & locked().keys()
    }
    taken = (set(sys.stdlib_module_names) | depended_on) - {"__main__"}
    names = {path: path.parent.name if path.stem == "__init__" else path.stem for path in MODULES}
    assert not [str(path) for path, name in names.items() if name in taken]


OLD_NAMES = {
    "WorldError",
    "WorldHandle",
    "RemoteWorlds",
    "after_loss",
    "Stepper",
    "Stepped",
    "Micro",
    "Packed",
    "Places",
    "Traffic",
    "Waiter",
    "Board",
    "UNSEEN",
    "frame_log",
    "coalesce",
    "own_server",
    "freed_memory",
    "examination",
}


def test_one_thing_has_one_name() -> None:
    """What has another name now (docs/architecture.md, Words). In `train`, `world` is torch's word for all ranks."""
    old = [(path, name) for path in MODULES for name in set(names_in(path)) if name in OLD_NAMES]
    old += [
        (path, name)
        for path in MODULES
        if path.parts[0] != "train"
        for name in set(names_in(path))
        if "world" in name.lower().split("_") and "world_size" not in name
    ]
    assert not [f"{path}: {name}" for path, name in old if (path.name, name) != ("training_estimate.py", "world")]


def names_in(path: Path) -> Iterator[str]:
    """Every name that a module's code uses or gives."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def test_every_module_says_what_it_is() -> None:
    assert not [
        str(path)
        for path in MODULES
        if (ROOT / path).read_text().strip() and not ast.get_docstring(ast.parse((ROOT / path).read_text()))
    ]


def test_the_command_line_answers_without_the_heavy_packages() -> None:
    program = "import sys, agenttuning.__main__; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert not HEAVY & set(ended.stdout.split())


@pytest.mark.parametrize("room", ["train", "serve"])
def test_help_of_the_trainers_and_the_evaluations_commands_needs_none_of_them_either(room: str) -> None:
    written = f"[c.module for c in {room}.__main__.COMMANDS.values() if importlib.util.find_spec(c.module)]"
    load = f"[importlib.import_module(module) for module in {written}]"
    program = (
        f"import sys, importlib.util, {room}.__main__; {load}; print(*sorted({{name.partition('.')[0] for name in"
        " sys.modules}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert not HEAVY & set(ended.stdout.split())


@pytest.mark.parametrize("page", PAGES)
def test_every_module_that_a_page_names_exists(page: str) -> None:
    modules = [
        f"/{path.relative_to(ROOT)}" for room in (*ROOMS, "tests", "proofs") for path in (ROOT / room).rglob("*.py")
    ]
    named = re.findall(
        r"`((?:[a-z][\w-]*/)*[a-z]\w*\.py)`", "" if page == "CHANGELOG.md" else (ROOT / page).read_text()
    )
    assert not [name for name in named if not any(module.endswith(f"/{name}") for module in modules)]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_links_to_exists(page: str) -> None:
    text = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    targets = [
        target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", target)
    ]
    assert not [target for target in targets if target and not ((ROOT / page).parent / target).exists()]


def test_every_setting_says_what_it_means_in_a_docstring_of_its_own() -> None:
    for path in MODULES:
        if path.stem == "__main__" or "BaseModel" not in (ROOT / path).read_text():
            continue
        module = import_module(".".join(path.with_suffix("").parts))
        for model in vars(module).values():
            if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__:
                silent = [name for name, field in model.model_fields.items() if not field.description]
                assert not silent, f"{path}: {model.__name__}: {silent}"
