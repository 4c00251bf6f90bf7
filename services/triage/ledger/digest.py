"""What an entry of the log says. Pure."""

import hashlib
import json
from typing import Any

GENESIS = hashlib.sha256(b"triaje decision log 1").hexdigest()
SAID = (
    "number", "cause", "model", "language", "channel", "tier", "ticket_version", "taxonomy_version",
    "predictions", "confidence", "chosen", "offers", "thresholds", "applied", "skipped", "abstained", "human",
    "evidence", "input_hash",
)  # fmt: skip


def digest(decision: Any, read: Any, salt: bytes) -> str:
    """The salted digest of a decision with what it read; without the salt it says nothing about either."""
    document = {
        "id": str(decision.id),
        "ticket": str(decision.ticket),
        "at": decision.at.isoformat(),
        **{name: getattr(decision, name) for name in SAID},
        "read": [read.contact_ref, read.subject, read.body, read.fingerprint] if read is not None else None,
        "vector": hashlib.sha256(read.vector).hexdigest() if read is not None and read.vector else "",
    }
    content = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return hashlib.sha256(salt + content).hexdigest()


def link(before: str, serial: int, digest: str) -> str:
    """The chain after one more entry."""
    return hashlib.sha256(f"{before} {serial} {digest}".encode()).hexdigest()
