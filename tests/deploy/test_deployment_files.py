"""The deployment files speak of settings, commands and packages that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.doorbell import Work
from service.settings import Settings

ROOT = Path(__file__).parents[2]
WORKERS = ("images", "feeds")
OURS = ("api", *WORKERS, "beat")
FIELDS = {f"VITRINE_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


def test_compose_names_only_settings_that_exist(compose: dict[str, Any]) -> None:
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= FIELDS


def test_compose_has_every_process_and_its_volumes_are_declared(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*OURS, "redis", "postgres"}
    services = compose["services"].values()
    mounted = {volume.split(":")[0] for service in services for volume in service.get("volumes", [])}
    assert mounted == set(compose["volumes"])
    for service in OURS:
        needed = compose["services"][service]["depends_on"]
        assert all("healthcheck" in compose["services"][name] for name in needed)


def test_commands_of_compose_are_commands_of_ours(compose: dict[str, Any]) -> None:
    assert compose["services"]["api"]["command"][0] in project()["project"]["scripts"]
    for name in WORKERS:
        assert compose["services"][name]["command"][:4] == ["celery", "--app", "workers.app", "worker"]
    assert compose["services"]["beat"]["command"][:4] == ["celery", "--app", "workers.app", "beat"]
    assert (ROOT / "workers" / "app.py").exists()


def test_every_kind_of_work_has_a_worker_of_compose(compose: dict[str, Any]) -> None:
    queues = [compose["services"][name]["command"][5].split(",") for name in WORKERS]
    assert sorted(queue for some in queues for queue in some) == sorted(work.value for work in Work)


def test_image_holds_every_package_that_is_installed() -> None:
    copied = set(re.findall(r"^COPY (\w+) \w+$", (ROOT / "Dockerfile").read_text(), re.M))
    assert copied == {package.split(".")[0] for package in project()["tool"]["setuptools"]["packages"]}


def test_image_installs_the_models_where_its_user_finds_them() -> None:
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    named = dict(re.findall(r"(VITRINE_\w+)=(\S+)", next(line for line in lines if line.startswith("ENV"))))
    assert set(named) <= FIELDS
    installs = next(number for number, line in enumerate(lines) if "vitrine models install" in line)
    assert "USER vitrine" in lines[:installs]
    owned = re.findall(r"chown vitrine (.*)$", "\n".join(lines[:installs]), re.M)[0].split()
    assert {named["VITRINE_DATA_DIR"], named["VITRINE_MODEL_CACHE"]} == {str(Path("/app") / path) for path in owned}


def test_every_package_directory_is_listed() -> None:
    listed = set(project()["tool"]["setuptools"]["packages"])
    tops = {name.split(".")[0] for name in listed}
    found = {
        ".".join(path.parent.relative_to(ROOT).parts) for top in tops for path in (ROOT / top).rglob("__init__.py")
    }
    assert found == listed


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"`(VITRINE_\w+)`", (ROOT / "docs" / "settings.md").read_text()))
    assert documented == FIELDS


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())
