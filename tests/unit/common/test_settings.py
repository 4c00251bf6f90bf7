"""Settings: what is wrong is said at once, and nothing is guessed."""

import stat
from pathlib import Path

import pytest

from services.common.settings import Settings, SettingsError


def test_every_problem_is_listed_at_once() -> None:
    wrong = {
        "TRIAJE_URL": "ftp://x", "TRIAJE_DATABASE": "mysql://x", "TRIAJE_WORKER_THREADS": "many",
        "TRIAJE_LOG_JSON": "perhaps", "TRIAJE_SECRET": "short", "TRIAJE_LOG_LEVEL": "LOUD",
        "TRIAJE_OUTSIDE_ALLOWED": "10.0.0.0/33",
    }  # fmt: skip
    with pytest.raises(SettingsError) as caught:
        Settings.load(wrong)
    named = {problem.partition(":")[0] for problem in caught.value.problems}
    assert named == set(wrong)


def test_defaults_are_the_embedded_suite(tmp_path: Path) -> None:
    settings = Settings.load({"TRIAJE_DATA": str(tmp_path)})
    assert settings.embedded
    assert not settings.secure
    assert settings.database_url("core") == f"sqlite:///{tmp_path}/core.db"


def test_a_missing_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = Settings.load({"TRIAJE_DATA": str(tmp_path)})
    second = Settings.load({"TRIAJE_DATA": str(tmp_path)})
    assert first.secret == second.secret
    assert len(first.secret) >= 32
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_services_that_run_apart_need_a_common_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TRIAJE_SECRET"):
        Settings.load({"TRIAJE_DATA": str(tmp_path), "TRIAJE_PEERS": "core=http://core:8000"})


def test_peers_are_read_as_names_and_addresses(tmp_path: Path) -> None:
    env = {
        "TRIAJE_DATA": str(tmp_path),
        "TRIAJE_SECRET": "x" * 40,
        "TRIAJE_PEERS": "a=http://a:1/, b=http://b:2",
    }
    assert Settings.load(env).peers == {"a": "http://a:1", "b": "http://b:2"}
