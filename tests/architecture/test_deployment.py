"""The files of the distributed topology: they agree with the code, and the tools that read them accept them."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from services.common.settings import Settings
from services.suite import runtime, topology

SERVICES = set(topology.SERVICES)
WITH_DATABASE = set(runtime.WITH_DATABASE)
SECRETS = {"TRIAJE_SECRET": "s" * 48, "POSTGRES_PASSWORD": "p", "REDIS_PASSWORD": "r", "QDRANT_KEY": "q"}


@pytest.fixture(scope="module")
def compose(project: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((project / "docker-compose.yml").read_text("utf-8"))
    return loaded


def test_every_setting_of_the_compose_file_is_one_that_the_kernel_reads(compose: dict[str, Any]) -> None:
    known = {f"TRIAJE_{field.encode_name.upper()}" for field in msgspec.structs.fields(Settings)}
    assert set(compose["x-triaje"]["environment"]) <= known


def test_every_setting_of_the_example_is_used_by_the_compose_file(project: Path) -> None:
    example = re.findall(r"^([A-Z_]+)=", (project / ".env.example").read_text("utf-8"), re.MULTILINE)
    text = (project / "docker-compose.yml").read_text("utf-8")
    assert [name for name in example if f"${{{name}" not in text] == []


def test_the_composed_settings_are_valid_and_name_every_service(compose: dict[str, Any]) -> None:
    def filled(value: str) -> str:
        return re.sub(
            r"\$\{(\w+):([-?])([^}]*)\}", lambda m: SECRETS.get(m[1], m[3] if m[2] == "-" else ""), value
        )

    settings = Settings.load(
        {key: filled(value) for key, value in compose["x-triaje"]["environment"].items()}
    )
    assert set(settings.peers) == SERVICES
    assert settings.database_url("kb") == "postgresql+asyncpg://triaje:p@postgres:5432/kb"


def test_every_service_and_every_worker_is_composed(compose: dict[str, Any]) -> None:
    commands = {tuple(part["command"][:2]) for part in compose["services"].values() if "command" in part}
    assert {("serve", name) for name in SERVICES} <= commands
    assert {("worker", name) for name in WITH_DATABASE} <= commands


def test_no_secret_is_written_in_the_compose_file(project: Path) -> None:
    text = (project / "docker-compose.yml").read_text("utf-8")
    for name in SECRETS:
        assert set(re.findall(rf"\$\{{{name}(.)", text)) == {":"}, (
            f"{name} needs a refusal where it is not set"
        )
        assert f"${{{name}:-" not in text


def test_every_service_has_a_database_of_its_own(project: Path) -> None:
    made = re.findall(r"create database (\w+);", (project / "deploy" / "databases.sql").read_text("utf-8"))
    assert set(made) == WITH_DATABASE


def test_docker_compose_accepts_the_file(project: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode != 0:
        pytest.skip("docker compose is not installed")
    done = subprocess.run(
        [docker, "compose", "config", "--quiet"],
        cwd=project,
        env={**os.environ, **SECRETS},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_docker_compose_refuses_to_start_without_secrets(project: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode != 0:
        pytest.skip("docker compose is not installed")
    bare = {key: value for key, value in os.environ.items() if key not in SECRETS}
    done = subprocess.run(
        [docker, "compose", "--env-file", os.devnull, "config"], cwd=project, env=bare, capture_output=True
    )
    assert done.returncode != 0


def test_the_image_runs_as_nobody_of_importance_and_reports_its_health(project: Path) -> None:
    dockerfile = (project / "Dockerfile").read_text("utf-8")
    final = dockerfile[dockerfile.rindex("\nFROM ") :]
    assert re.search(r"^USER (?!root|0\b)\w+", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert "ARG TORCH_INDEX" in dockerfile
