"""Large collections in a process of their own: the engine's calls take a core, and Python's lock with it.

The child opens shards when they are first asked for and works off one call after another, which come and go over two
pipes as MessagePack. It ends with the pipe, so it outlives its parent by one call at most; it has the folder's lock
for so long, because it was given the parent's descriptor of it. A child that died is started again: what it had
acknowledged is in the engine's log, and every call may be made twice.
"""

import faulthandler
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, Literal, get_type_hints
from uuid import UUID

import msgspec
import numpy as np

from services.common.ai.vectors import Hit, Point, Search, VectorsBroken, VectorsUnavailable
from services.common.ai.vectors.shard import Shard, guarded

CALLS: Final = ("search", "upsert", "remove", "count", "ids", "ungraphed", "flush", "close")
_LONGEST: Final = 120.0  # seconds of one call, after which the child ends itself: nothing takes a tenth of it
_PAUSE: Final = 5.0  # seconds without a further try after two children died of one call
_LENGTH: Final = struct.Struct("<I")  # of the message behind it
_ROOT: Final = Path(__file__).resolve().parents[4]
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from services.common.ai.vectors.child import serve; serve(float(sys.argv[2]))"
)

Failure = Literal["broken", "unavailable", "value"]
_FAILURES: Final[dict[Failure, type[Exception]]] = {
    "broken": VectorsBroken,
    "unavailable": VectorsUnavailable,
    "value": ValueError,
}


class _Call(msgspec.Struct, array_like=True):
    path: str
    method: str
    arguments: msgspec.Raw


class _Answer(msgspec.Struct, array_like=True):
    value: msgspec.Raw
    failure: Failure | None = None
    said: str = ""


def _plain(value: Any) -> Any:
    """Vectors as the bytes of their float32."""
    if isinstance(value, np.ndarray):
        return np.asarray(value, dtype=np.float32).tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no part of a call")


def _decoders(method: str) -> tuple[msgspec.msgpack.Decoder[Any], msgspec.msgpack.Decoder[Any]]:
    """For the arguments and for the value of a method of `Shard`, by its signature."""
    hints = get_type_hints(getattr(Shard, method))
    returned = hints.pop("return")
    arguments: Any = tuple.__class_getitem__(tuple(hints.values()))
    return msgspec.msgpack.Decoder(arguments), msgspec.msgpack.Decoder(returned)


_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_plain, uuid_format="bytes")
_DECODERS: Final = {method: _decoders(method) for method in CALLS}
_CALL: Final = msgspec.msgpack.Decoder(_Call)
_ANSWER: Final = msgspec.msgpack.Decoder(_Answer)


class Child:
    """The parent's end. Started by the first call; calls are made one at a time."""

    def __init__(self, lock: int, longest: float = _LONGEST) -> None:
        self._lock, self._longest = lock, longest
        self._process: subprocess.Popen[bytes] | None = None
        self._away_until = 0.0

    @property
    def pid(self) -> int | None:
        """The process, where one runs."""
        return self._process.pid if self._process else None

    def call(self, path: str, method: str, *arguments: Any) -> Any:
        """The value of a method of the shard at `path`, or what it raised."""
        if time.monotonic() < self._away_until:
            raise VectorsUnavailable("the process of the index died a moment ago")
        message = _ENCODER.encode(_Call(path, method, msgspec.Raw(_ENCODER.encode(arguments))))
        try:
            answer = self._exchange(message)
        except (OSError, EOFError):
            self.stop()
            try:
                answer = self._exchange(message)
            except (OSError, EOFError) as error:
                self.stop()
                self._away_until = time.monotonic() + _PAUSE
                raise VectorsUnavailable("the process of the index died twice") from error
        if answer.failure is not None:
            raise _FAILURES[answer.failure](answer.said)
        return _DECODERS[method][1].decode(answer.value)

    def stop(self) -> None:
        """End the process after the call that it is at."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):
            process.stdin.close()  # type: ignore[union-attr]
        try:
            process.wait(self._longest)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()  # type: ignore[union-attr]

    def _exchange(self, message: bytes) -> _Answer:
        if self._process is None:
            # In a session of its own, so that a terminal's Ctrl-C does not reach it before the parent is done.
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", _START, str(_ROOT), str(self._longest)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(self._lock,), start_new_session=True,
            )  # fmt: skip
        _write(self._process.stdin, message)  # type: ignore[arg-type]
        return _ANSWER.decode(_read(self._process.stdout))  # type: ignore[arg-type]


class Remote:
    """Implements `Collection` on a shard that the child has open."""

    def __init__(self, child: Child, path: str) -> None:
        self._child, self._path = child, path

    def search(self, questions: list[Search]) -> list[list[Hit]]:
        found: list[list[Hit]] = self._child.call(self._path, "search", questions)
        return found

    def upsert(self, points: list[Point]) -> None:
        self._child.call(self._path, "upsert", points)

    def remove(self, ids: list[UUID], where: Mapping[str, Any] | None) -> None:
        self._child.call(self._path, "remove", ids, where)

    def count(self, where: Mapping[str, Any] | None) -> int:
        return int(self._child.call(self._path, "count", where))

    def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        found: list[UUID] = self._child.call(self._path, "ids", after, limit)
        return found

    def ungraphed(self) -> int:
        return int(self._child.call(self._path, "ungraphed"))

    def flush(self) -> None:
        self._child.call(self._path, "flush")

    def close(self) -> None:
        self._child.call(self._path, "close")


def serve(longest: float) -> None:
    """The child: answer calls until the pipe ends."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a service manager signals all; the parent says when
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints does not print into the answers
    shards: dict[str, Shard] = {}
    with suppress(EOFError, BrokenPipeError):
        while True:
            call = _CALL.decode(_read(sys.stdin.buffer))
            faulthandler.dump_traceback_later(longest, exit=True)  # from a thread that needs no lock
            answer = _answered(shards, call)
            faulthandler.cancel_dump_traceback_later()
            _write(answers, _ENCODER.encode(answer))
    for shard in shards.values():
        with suppress(VectorsUnavailable):
            guarded(shard.close)


def _answered(shards: dict[str, Shard], call: _Call) -> _Answer:
    def work() -> Any:
        if call.method == "close" and call.path not in shards:
            return None
        shard = shards[call.path] if call.path in shards else shards.setdefault(call.path, Shard(call.path))
        if call.method == "close":
            del shards[call.path]
        return getattr(shard, call.method)(*_DECODERS[call.method][0].decode(call.arguments))

    nothing = msgspec.Raw(_ENCODER.encode(None))
    try:
        return _Answer(msgspec.Raw(_ENCODER.encode(guarded(work))))
    except VectorsBroken as error:
        return _Answer(nothing, "broken", str(error))
    except VectorsUnavailable as error:
        return _Answer(nothing, "unavailable", str(error))
    except ValueError as error:
        return _Answer(nothing, "value", str(error))


def _write(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)) + message)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes:
    """The next message. Raises EOFError where the other end has gone, even in the middle of one."""
    head = pipe.read(_LENGTH.size)
    message = pipe.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
    if not message:
        raise EOFError
    return message
