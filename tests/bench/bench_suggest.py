"""How soon articles appear while customers type: one of them, and twenty at once.

A customer types a sentence and pauses now and then; every pause asks with what is there so far, within the same
suggestion session.
"""

import asyncio
import random
import time

import httpx

from tests.bench.demo import Demo, demo
from tests.bench.table import Row, below, quantile

SENTENCES = (
    "I ordered a new card two weeks ago and it still has not arrived at my address",
    "My payment in the shop was declined although there is enough money in the account",
    "How long does a transfer to another country take and what does it cost",
    "I forgot the passcode of the app and now it does not let me in any more",
    "No reconozco un cargo en mi cuenta y quiero que me devuelvan el dinero",
    "Necesito cambiar la dirección de mi cuenta porque me he mudado de ciudad",
    "El cajero automático se ha quedado con mi tarjeta y no sé qué hacer",
    "¿Cómo puedo activar la tarjeta virtual para pagar con el teléfono?",
)
PAUSE = (0.3, 0.7)  # seconds between two questions of one customer
WORDS_A_PAUSE = 3


async def typing(desk: Demo, place: int, sentences: int, taken: list[float]) -> None:
    dice = random.Random(place)
    headers = {"Authorization": f"Bearer {desk.token}"}
    async with httpx.AsyncClient(base_url=desk.desk.url, headers=headers, timeout=30) as client:
        for turn in range(sentences):
            session: str | None = None
            words = SENTENCES[(place + turn) % len(SENTENCES)].split()
            for end in range(WORDS_A_PAUSE, len(words) + 1, WORDS_A_PAUSE):
                await asyncio.sleep(dice.uniform(*PAUSE))
                ask = {"subject": " ".join(words[:end]), "body": "", "visitor": f"bench-{place}-{turn}"}
                begun = time.perf_counter()
                answer = await client.post(
                    "/api/v1/kb/suggestions", json=ask | ({"session": session} if session else {})
                )
                answer.raise_for_status()
                found = answer.json()
                session = found["session"]
                if found["shown"]:  # what somebody waits to see
                    taken.append(1_000 * (time.perf_counter() - begun))


async def customers(desk: Demo, count: int, sentences: int) -> list[float]:
    taken: list[float] = []
    await asyncio.gather(*(typing(desk, place, sentences, taken) for place in range(count)))
    return taken


def bench() -> list[Row]:
    desk = demo()
    asyncio.run(customers(desk, 2, 2))
    rows = []
    for count, sentences in ((1, 16), (20, 6)):
        taken = asyncio.run(customers(desk, count, sentences))
        who = f"{count} customer{'s' if count > 1 else ''} typing"
        rows.append(below(f"suggestions, {who}, p50", quantile(taken, 0.5), "ms"))
        rows.append(below(f"suggestions, {who}, p95", quantile(taken, 0.95), "ms"))
    return rows
