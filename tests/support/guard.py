"""Runs a server for as long as the test run lives: ``python guard.py WATCHED_PID USER COMMAND…``.

A test run that is killed cannot clean up, so every server it starts hangs on one of these: it ends its child
when the watched process is gone, or when it is told to end itself.
"""

import os
import signal
import subprocess
import sys
import time


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main(watched: int, user: str, command: list[str]) -> int:
    identity = {"user": int(user), "group": int(user), "extra_groups": []} if user.isdigit() else {}
    if user and not user.isdigit():
        identity = {"user": user, "group": user, "extra_groups": []}
    child = subprocess.Popen(command, start_new_session=True, cwd="/", **identity)
    told = False

    def on_signal(*_: object) -> None:
        nonlocal told
        told = True

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while child.poll() is None and not told and alive(watched):
        time.sleep(0.1)
    if child.poll() is None:
        child.send_signal(signal.SIGINT)  # PostgreSQL: fast shutdown; Redis: save nothing and leave
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
