"""What never reaches a log."""

import pytest

from services.common.observability import configure_logging, get_logger


@pytest.mark.hard("S-47")
def test_secrets_and_texts_do_not_reach_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", as_json=True)
    token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl"
    get_logger("test").info(
        "x", password="hunter2", note=f"Bearer {token}", key="trj_abcdefghijklmnop", body="Hola"
    )
    logged = capsys.readouterr().err
    for secret in ("hunter2", "c2lnbmF0dXJl", "ghijklmnop", "Hola"):
        assert secret not in logged


@pytest.mark.hard("S-47")
def test_a_line_break_in_a_value_starts_no_new_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", as_json=True)
    get_logger("test").info("x", note="a\nERROR forged")
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
