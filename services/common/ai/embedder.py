"""Text to vectors. One `Embedder` a process; the model loads behind the open port, on the first call or `load()`.

The interface is sentence-transformers' own (`encode_query`, `encode_document`), and any of its models can take the
place of the default one by `TRIAJE_EMBEDDER`. The default folder is a `SentenceTransformer` too, but where its only
module is our `OnnxEncoder`, the module's engine is called without the library around it: the same bits (a test
compares them) without importing PyTorch: ready after 0.5 s in 0.2 GB instead of 12 s in 0.6.
"""

import asyncio
import hashlib
import json
import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from services.common.errors import Unavailable
from services.common.settings import Settings

Floats = npt.NDArray[np.float32]

DEFAULT_FOLDER: Final = Path(__file__).resolve().parents[3] / "models" / "embedder"
SECOND_FOLDER: Final = DEFAULT_FOLDER.with_name("second-encoder")
OWN_MODULE: Final = "services.common.ai.onnx_module.OnnxEncoder"
CONFIG_FILE: Final = "onnx_encoder.json"
PROMPTS_FILE: Final = "config_sentence_transformers.json"
QUERY, DOCUMENT = "query", "document"
_FEW: Final = 4  # up to so many texts somebody is waiting: they overtake bulk work
_SLICE: Final = 16  # texts a bulk task; a call has two for each thread in line, so that calls take turns
_RETRY_AFTER: Final = 5.0  # seconds: a model that cannot be loaded is not tried by every request
_REMEMBERED: Final = 1024  # query vectors kept (1.5 kB each): typing asks for the same prefixes again


class EmbedderUnavailable(Unavailable):
    """The model is missing or broken. What needs vectors answers without them."""

    code = "embedder_unavailable"
    title = "The embedding model is not available"


class Backend(Protocol):
    """A loaded model. `encode` may be called from several threads at once."""

    dimensions: int

    def encode(self, text: str, kind: str) -> Floats:
        """One normalised vector, shape (dimensions,). `kind` is `query` or `document`."""
        ...

    def fingerprint(self) -> str:
        """Hex digest that changes with weights, tokenizer or configuration."""
        ...


class Embedder:
    """Vectors of one model; cheap to construct, safe to share between threads and event loops.

    The synchronous methods block; call them from worker threads only. The asynchronous ones run on the embedder's own
    threads: a thread a core, one text a run. Few texts overtake many. All raise :class:`EmbedderUnavailable` where
    the model cannot be loaded, and try again some seconds later.
    """

    def __init__(self, model: str | Path = "", *, threads: int | None = None) -> None:
        self.model = str(model) or str(DEFAULT_FOLDER)
        threads = threads or _cores()
        self._window = 2 * threads
        self._backend: Backend | None = None
        self._fingerprint = ""
        self._dimensions = 0
        self._failure: EmbedderUnavailable | None = None
        self._retry_at = 0.0
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, Floats] = OrderedDict()
        self._cache_lock = threading.Lock()
        self._now = ThreadPoolExecutor(threads, "embed")
        self._bulk = ThreadPoolExecutor(threads, "embed-bulk", initializer=_step_back)

    @property
    def loaded(self) -> bool:
        """Whether vectors can be had at once."""
        return self._backend is not None

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits of the weights and configuration; vector collections carry them in their names.

        Needs no loaded model where the model is a folder; loads it otherwise (a hub name).
        """
        if not self._fingerprint:
            folder = Path(self.model)
            self._fingerprint = folder_fingerprint(folder) if folder.is_dir() else self._ready().fingerprint()
        return self._fingerprint

    @property
    def dimensions(self) -> int:
        """Length of a vector. Needs no loaded model where the folder says it; loads it otherwise."""
        if not self._dimensions:
            config = Path(self.model) / CONFIG_FILE
            own = self._backend is None and config.is_file()
            self._dimensions = (
                json.loads(config.read_text("utf-8"))["dimensions"] if own else self._ready().dimensions
            )
        return self._dimensions

    async def load(self) -> None:
        """Load the model off the event loop; returns at once when it is there."""
        if self._backend is None:
            await asyncio.get_running_loop().run_in_executor(self._now, self._ready)

    def encode_query(self, texts: Sequence[str]) -> Floats:
        """Vectors of questions, shape (texts, dimensions), normalised."""
        return self._gather(texts, QUERY)

    def encode_document(self, texts: Sequence[str]) -> Floats:
        """Vectors of texts that are searched or learnt from, shape (texts, dimensions), normalised."""
        return self._gather(texts, DOCUMENT)

    async def query(self, text: str) -> Floats:
        """The vector of one question, shape (dimensions,), from memory where it was asked lately."""
        known = self._recall(text)
        if known is not None:
            return known
        vector: Floats = (await self.queries([text]))[0]
        vector.flags.writeable = False  # callers share it
        with self._cache_lock:
            self._cache[text] = vector
            while len(self._cache) > _REMEMBERED:
                self._cache.popitem(last=False)
        return vector

    async def queries(self, texts: Sequence[str]) -> Floats:
        """Like `encode_query`, off the event loop."""
        return await self._collect(texts, QUERY)

    async def documents(self, texts: Sequence[str]) -> Floats:
        """Like `encode_document`, off the event loop."""
        return await self._collect(texts, DOCUMENT)

    def close(self) -> None:
        """Stop the threads after what they are doing; the embedder is of no use afterwards."""
        self._now.shutdown(cancel_futures=True)
        self._bulk.shutdown(cancel_futures=True)

    async def _collect(self, texts: Sequence[str], kind: str) -> Floats:
        await self.load()
        backend, loop = self._ready(), asyncio.get_running_loop()
        pool, parts = self._divided(texts)
        gate = asyncio.Semaphore(self._window)

        async def run(part: Sequence[str]) -> Floats:
            async with gate:
                return await loop.run_in_executor(pool, _run, backend, part, kind)

        return self._joined(await asyncio.gather(*map(run, parts)))

    def _gather(self, texts: Sequence[str], kind: str) -> Floats:
        backend = self._ready()
        pool, parts = self._divided(texts)
        done: list[Floats] = []
        running: deque[Future[Floats]] = deque()
        for part in parts:
            if len(running) == self._window:
                done.append(running.popleft().result())
            running.append(pool.submit(_run, backend, part, kind))
        return self._joined(done + [future.result() for future in running])

    def _divided(self, texts: Sequence[str]) -> tuple[ThreadPoolExecutor, list[Sequence[str]]]:
        if len(texts) <= _FEW:
            return self._now, [[text] for text in texts]
        return self._bulk, [texts[start : start + _SLICE] for start in range(0, len(texts), _SLICE)]

    def _joined(self, parts: Sequence[Floats]) -> Floats:
        return np.concatenate(parts) if parts else np.zeros((0, self.dimensions), dtype=np.float32)

    def _recall(self, text: str) -> Floats | None:
        with self._cache_lock:
            vector = self._cache.get(text)
            if vector is not None:
                self._cache.move_to_end(text)
            return vector

    def _ready(self) -> Backend:
        with self._lock:
            if self._backend is None:
                if self._failure is not None and time.monotonic() < self._retry_at:
                    raise EmbedderUnavailable(str(self._failure))
                try:
                    self._backend = _load(self.model)
                except EmbedderUnavailable as error:
                    self._failure, self._retry_at = error, time.monotonic() + _RETRY_AFTER
                    raise
            return self._backend


def load_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name; nothing is loaded yet."""
    return Embedder(settings.embedder)


def load_second() -> Embedder:
    """The second encoder; nothing is loaded yet."""
    return Embedder(SECOND_FOLDER)


def folder_fingerprint(folder: Path) -> str:
    """Twelve hex digits over the names and contents of a model folder's files.

    The hashes come from the folder's manifest where `make models` left one, else from the files.
    """
    try:
        hashes = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        suffixes = {".json", ".onnx", ".safetensors", ".bin", ".txt", ".model"}
        paths = sorted(p for p in folder.rglob("*") if p.suffix in suffixes)
        hashes = {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()[:12]


def _run(backend: Backend, texts: Sequence[str], kind: str) -> Floats:
    return np.stack([backend.encode(text, kind) for text in texts])


def _load(model: str) -> Backend:
    folder = Path(model)
    if folder in (DEFAULT_FOLDER, SECOND_FOLDER) and not folder.is_dir():
        raise EmbedderUnavailable("The encoders have not been made yet: run `make models`.")
    try:
        if _is_own(folder):
            return _OwnBackend(folder)
        return _LibraryBackend(model)
    except EmbedderUnavailable:
        raise
    except Exception as error:  # whatever a model library raises, the desk goes on without vectors
        raise EmbedderUnavailable(f"The model {model} could not be loaded: {error}") from error


def _is_own(folder: Path) -> bool:
    modules = folder / "modules.json"
    if not modules.is_file():
        return False
    return [module["type"] for module in json.loads(modules.read_text("utf-8"))] == [OWN_MODULE]


class _OwnBackend:
    """The folder of `make models`, by the engine of its module."""

    def __init__(self, folder: Path) -> None:
        from services.common.ai.onnx_engine import OnnxEngine, spoiled

        if names := spoiled(folder):
            raise EmbedderUnavailable(f"{', '.join(names)} changed since it was made: run `make models`.")
        self._folder = folder
        self._engine = OnnxEngine(folder)
        self._prompts = json.loads((folder / PROMPTS_FILE).read_text("utf-8"))["prompts"]
        self.dimensions = self._engine.dimensions

    def encode(self, text: str, kind: str) -> Floats:
        return self._engine.encode(self._prompts[kind] + text)

    def fingerprint(self) -> str:
        return folder_fingerprint(self._folder)


class _LibraryBackend:
    """Any other model, by sentence-transformers. A model's own Python code is never run."""

    def __init__(self, model: str) -> None:
        from sentence_transformers import SentenceTransformer

        local = Path(model).is_dir()
        self._model: Any = SentenceTransformer(model, device="cpu", local_files_only=local)
        self.dimensions = int(self._model.get_embedding_dimension() or 0)
        self._lock = threading.Lock()  # PyTorch spreads a run over the cores by itself

    def encode(self, text: str, kind: str) -> Floats:
        encode = self._model.encode_query if kind == QUERY else self._model.encode_document
        with self._lock:
            vector = encode(text, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vector, dtype=np.float32)

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.cpu().contiguous().numpy().tobytes())
        digest.update(json.dumps(self._model.prompts, sort_keys=True).encode())
        return digest.hexdigest()[:12]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _step_back() -> None:
    """Lower this thread's priority where the system knows such a thing, so that bulk work yields to people."""
    if hasattr(os, "setpriority"):
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        except OSError:
            return
