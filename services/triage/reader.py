"""What triage reads a text with: two encoders side by side, because they go wrong in different places.

A reading is the embedder's vector and, behind it, the second encoder's, shorter. The classifiers learn from the whole;
the embedder's part alone says how near in meaning texts are, for all that was measured on its cosines: similar
tickets, incidents, drafts.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from services.common.ai.embedder import Embedder
    from services.common.settings import Settings

Vectors = NDArray[np.float32]

SHARE: Final = np.float32(0.3)
"""Length of the second encoder's part. Vectors of one encoder lie about its mean, the embedder's at a distance of 0.45
and the second's of 0.9: at 0.3 the second has a third of the say. From 0.3 to 0.6 differ by less than a point."""


class Reader:
    """Vectors of both encoders. Without a second one a reading is the embedder's vector.

    The synchronous method blocks; call it from worker threads only. All raise ``EmbedderUnavailable``.
    """

    def __init__(self, embedder: "Embedder", second: "Embedder | None" = None) -> None:
        self._embedder = embedder
        self._second = second

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits that change with either encoder or their shares."""
        if self._second is None:
            return self._embedder.fingerprint
        both = f"{self._embedder.fingerprint} {SHARE} {self._second.fingerprint}"
        return hashlib.sha256(both.encode()).hexdigest()[:12]

    @property
    def dimensions(self) -> int:
        """Length of a reading. Loads the models."""
        return self._embedder.dimensions + (self._second.dimensions if self._second else 0)

    async def load(self) -> None:
        """Load both models off the event loop."""
        await self._embedder.load()
        if self._second is not None:
            await self._second.load()

    def meaning(self, reading: Vectors) -> Vectors:
        """The embedder's part of one reading, or of a row each: a vector of length one."""
        return reading[..., : self._embedder.dimensions]

    async def read(self, text: str) -> Vectors:
        """The reading of one text, from memory where it was asked lately, shape (dimensions,)."""
        if self._second is None:
            return await self._embedder.query(text)
        return _joined(*await asyncio.gather(self._embedder.query(text), self._second.query(text)))

    async def readings(self, texts: Sequence[str]) -> Vectors:
        """Readings of texts, a row each."""
        if self._second is None:
            return await self._embedder.queries(texts)
        return _joined(*await asyncio.gather(self._embedder.queries(texts), self._second.queries(texts)))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Like `readings`, for worker threads."""
        if self._second is None:
            return self._embedder.encode_query(texts)
        return _joined(self._embedder.encode_query(texts), self._second.encode_query(texts))

    def close(self) -> None:
        """Stop both encoders' threads."""
        self._embedder.close()
        if self._second is not None:
            self._second.close()


def load_reader(settings: "Settings") -> Reader:
    """The reader of the suite, for a command without one; nothing is loaded yet."""
    from services.common.ai.embedder import load_embedder, load_second

    return Reader(load_embedder(settings), load_second())


def _joined(first: Vectors, second: Vectors) -> Vectors:
    return np.concatenate([first, SHARE * second], axis=-1)
