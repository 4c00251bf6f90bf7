"""No network after set-up: the suite works in a network that has nothing but loopback."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.desk import ROOT, copied, environment

pytestmark = pytest.mark.infra

WALK = Path(__file__).with_name("offline_walk.py")


def has_namespaces() -> bool:
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    return subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0


@pytest.mark.req(143)
def test_the_desk_works_with_the_network_cable_out(demo_data: Path, tmp_path: Path) -> None:
    """Outside of a network namespace, Python's sockets other than loopback are refused instead."""
    data = copied(demo_data, tmp_path / "data")
    command = [sys.executable, str(WALK), str(data), str(tmp_path / "desk.log")]
    env = environment(PYTHONPATH=str(ROOT))
    if has_namespaces():
        command = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command]
    else:
        refuser = tmp_path / "refuser"
        refuser.mkdir()
        (refuser / "sitecustomize.py").write_text(REFUSER)
        env["PYTHONPATH"] = f"{refuser}{os.pathsep}{ROOT}"
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:] + (tmp_path / "desk.log").read_text()[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["outside"] == "refused"
    assert found["created"] == 201
    assert found["predictions"] > 0
    assert found["decisions"] > 0
    assert found["articles"] > 0
    assert found["page"] == 200


REFUSER = """
import socket

_connect = socket.socket.connect


def connect(self, address):
    if self.family != socket.AF_UNIX and not str(address[0]).startswith(("127.", "::1", "localhost")):
        raise OSError("refused by the test: not loopback")
    return _connect(self, address)


socket.socket.connect = connect
"""
