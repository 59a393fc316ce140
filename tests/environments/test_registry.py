"""Who is found by which name, and what is said of a package that is no environment."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from actors.records.agent_instruct import environment_of, known_environments, split_of
from environments.contract import UserError
from environments.registry import all_registered, registered

ROOT = Path(__file__).parents[2]
TINY = """
from environments.contract import EnvironmentVersion
from environments.description import Description, EpisodeProfile, Metric
VERSION, PROFILE = EnvironmentVersion(3, 1), EpisodeProfile(1, 1, 1)
DESCRIPTION = Description("{name}", "{short}", "Tiny", VERSION, Metric.MEAN_REWARD, PROFILE)
"""


def asked(folder: Path, question: str, *more: Path) -> str:
    """What a Python that works in `folder` answers to an expression over the registry."""
    program = (
        "import sys; sys.path.extend(sys.argv[1:]);"
        "from environments.registry import *; from environments.contract import UserError\n"
        f"try: print({question})\nexcept UserError as error: print('UserError:', error)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, str(ROOT), *map(str, more)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def installed(folder: Path, name: str, module: str, content: str) -> Path:
    """A folder as pip leaves it: a module, and a distribution that names it as an environment."""
    site = folder / f"site-{module}"
    metadata = site / f"{module}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / f"{module}.py").write_text(content)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[agenttuning.environments]\n{name} = {module}\n")
    return site


def test_what_lies_here_is_found_by_its_name() -> None:
    assert {"operating_system", "database", "knowledge_graph", "webshop", "practice"} <= set(all_registered())
    assert all(name == one.description.name for name, one in all_registered().items())
    with pytest.raises(UserError, match="unknown environment 'databse': did you mean 'database'"):
        registered("databse")


def test_names_of_records_are_known_by_their_splits() -> None:
    assert [split_of(name) for name in ("operating_system", "alfworld", "my.own")] == ["os", "alfworld", "my_own"]
    assert [environment_of(split) for split in ("kg", "mind2web", "other")] == ["knowledge_graph", "mind2web", "other"]
    assert {"webshop", "alfworld", "mind2web"} <= set(known_environments())


def test_an_installed_package_s_environment_is_found_by_its_entry_point(tmp_path: Path) -> None:
    site = installed(tmp_path, "tiny", "tiny_environment", TINY.format(name="tiny", short="ti"))
    assert asked(tmp_path, "registered('tiny').description.title", site) == "Tiny"
    assert asked(tmp_path, "'tiny' in all_registered()", site) == "True"
    asking = "registered('tiny') and (plug_ins().places, plug_ins().variables)"
    assert asked(tmp_path, "plug_ins().places", site) == "[]"
    assert asked(tmp_path, asking, site) == str(
        ([str(site / "tiny_environment.py")], {"AGENTTUNING_PLUG_INS": "tiny=tiny_environment"})
    )


def test_what_was_sent_along_is_known_where_it_is_neither_installed_nor_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "sent"
    site.mkdir()
    (site / "tiny_environment.py").write_text(TINY.format(name="tiny", short="ti"))
    monkeypatch.setenv("AGENTTUNING_PLUG_INS", "other=nowhere,tiny=tiny_environment")
    assert asked(tmp_path, "registered('tiny').package", site) == "tiny_environment"
    assert "cannot be imported" in asked(tmp_path, "registered('other')", site)


def test_a_package_is_found_by_its_path_and_its_tasks_carry_it(tmp_path: Path) -> None:
    package = tmp_path / "mine" / "tiny"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(TINY.format(name="tiny", short="ti"))
    (package / "generate.py").write_text(
        "from environments.contract import Task\n"
        "def generate(count, seed, split, families):\n"
        "    return (Task(str(i), 'tiny', split, 'generated', {}) for i in range(count))\n"
    )
    assert asked(tmp_path, "[task.environment for task in registered('mine.tiny').generate(1, 0, 'train')]") == str(
        ["mine.tiny"]
    )
    assert "generates no tasks" in asked(
        tmp_path, "registered('mine.tiny')._replace(package='mine').generate(1, 0, '')"
    )


def test_a_file_in_the_folder_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "tiny.py").write_text(TINY.format(name="tiny", short="ti"))
    assert asked(tmp_path, "registered('tiny').description.short") == "ti"
    assert asked(tmp_path, "next(registered('tiny').load('x.jsonl', 'train'))").startswith(
        "UserError: environment 'tiny' reads no files"
    )


def test_nothing_is_imported_that_does_not_say_that_it_is_an_environment(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("raise SystemExit('it ran')")
    (tmp_path / "broken.py").write_text("DESCRIPTION = 1 / 0")
    for name in ("this", "this.s", "script", "no\0thing.x", "../up", ""):
        assert asked(tmp_path, f"is_known({name!r})") == "False"
        assert asked(tmp_path, f"registered({name!r})").startswith("UserError: unknown environment")
    assert asked(tmp_path, "is_known('broken')") == "True"
    assert "cannot be imported (ZeroDivisionError" in asked(tmp_path, "registered('broken')")


def test_a_file_that_is_hidden_by_a_module_or_takes_a_short_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text(TINY.format(name="json", short="ti"))
    (tmp_path / "tiny.py").write_text(TINY.format(name="tiny", short="db"))
    assert "'json' is hidden by another module of that name" in asked(tmp_path, "registered('json')")
    assert "its short name 'db' is that of 'database'" in asked(tmp_path, "registered('tiny')")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("tiny", "raise ValueError('no\\nluck')", "cannot be imported (ValueError: no luck)"),
        ("tiny", "DESCRIPTION = 1", "is no environment: it has no DESCRIPTION"),
        ("tiny", TINY.format(name="small", short="ti"), "its DESCRIPTION calls it 'small'; both are to be one"),
        ("database", TINY.format(name="database", short="ti"), "an environment 'database' is there already"),
        ("tiny", TINY.format(name="tiny", short="db"), "its short name 'db' is another's, too"),
    ],
)
def test_a_package_that_is_no_environment_is_one_line_that_names_it(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    site = installed(tmp_path, name, "tiny_environment", content)
    found = asked(tmp_path, "all_registered()", site)
    assert found.startswith("UserError: ")
    assert said in found
    assert json.dumps(found).count("\\n") == 0
