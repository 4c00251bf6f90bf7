"""A small desk of made-up tickets and an encoder of our own that needs no model."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from services.triage.learning import Example, TaskModel, fit_task

SUBJECTS = {
    "card": ["card", "plastic", "chip", "bank card", "debit card"],
    "login": ["password", "login", "sign in", "account access", "code"],
    "refund": ["refund", "money back", "return", "reimbursement", "charge back"],
}
SENTENCES = [
    "my {} is lost",
    "where is my {}?",
    "I have a problem with the {}",
    "the {} does not work since Monday",
    "please help me with a {}",
    "how long does a {} take",
    "need a new {} today",
    "{} again, third time I ask",
]
NAMES = {
    "card": ["Lost card", "Tarjeta perdida"],
    "login": ["Password and login", "Contraseña y acceso"],
    "refund": ["Refund", "Devolución"],
}


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Sum of a fixed random direction a word, on the unit sphere: likeness is shared words."""
    rows = []
    for text in texts:
        total = np.full(32, 0.5)
        for word in text.lower().split():
            seed = int.from_bytes(hashlib.sha256(word.strip(".,?!").encode()).digest()[:8], "big")
            total += np.random.default_rng(seed).normal(size=32)
        rows.append(total / np.linalg.norm(total))
    return np.asarray(rows, dtype=np.float32).reshape(len(rows), 32)


def tickets() -> list[Example]:
    return [
        Example(sentence.format(thing), (label,), language="en", group=f"c{number}")
        for label, things in SUBJECTS.items()
        for number, (thing, sentence) in enumerate((t, s) for t in things for s in SENTENCES)
    ]


@pytest.fixture(scope="session")
def encoder() -> Callable[[Sequence[str]], NDArray[np.float32]]:
    return embed


@pytest.fixture(scope="session")
def desk() -> list[Example]:
    # Every ticket from a writer of their own: groups matter in the tests that set them.
    return [Example(e.text, e.labels, e.language, group=f"{i}") for i, e in enumerate(tickets())]


@pytest.fixture(scope="session")
def names() -> dict[str, list[str]]:
    return NAMES


@pytest.fixture(scope="session")
def model(desk: list[Example], names: dict[str, list[str]]) -> TaskModel:
    return fit_task("category", desk, embed([e.text for e in desk]), label_names=names, embed=embed)
