"""Keeping certificates true to the evidence."""

import asyncio
from functools import partial
from typing import Any

import msgspec

from services.common.errors import FieldError, Invalid, NotFound
from services.triage.contract import TASKS, Promise, PromiseChange
from services.triage.desk import Desk
from services.triage.outcomes.repository import pairs
from services.triage.promises import repository as repo
from services.triage.promises.policy import ground
from services.triage.promises.repository import Wanted


async def certify(desk: Desk, model: str, tasks: tuple[str, ...] = TASKS) -> None:
    """Compute the certificates of ``model`` from what is known now."""
    asked = await desk.db.read(lambda conn: repo.wanted(conn, TASKS, desk.options.precision))
    held = await desk.db.read(lambda conn: repo.held_out(conn, model))
    for task in tasks:
        live = await desk.db.read(partial(pairs, model=model, task=task))
        precision = asked[task].precision
        found = await asyncio.to_thread(ground, precision, live, held.get(task, []))
        await desk.db.write(
            partial(
                repo.store, model=model, task=task, precision=precision, ground=found, at=desk.clock.now()
            )
        )


async def follow_reviews(desk: Desk) -> tuple[str, ...]:
    """Certify anew what people have spoken on since; returns the tasks. Each certificate is computed from all
    reviews until then, so at any moment the one in force is wrong with the chance that it states."""
    loaded = await desk.serving.current()
    if loaded is None:
        return ()
    tasks = await desk.db.read(lambda conn: repo.outdated(conn, loaded.version))
    await certify(desk, loaded.version, tasks)
    return tasks


async def promises(desk: Desk, model: str) -> list[Promise]:
    """The promise of each task beside what the serving model may keep."""
    asked = await desk.db.read(lambda conn: repo.wanted(conn, TASKS, desk.options.precision))
    found = await desk.db.read(lambda conn: repo.certificates(conn, model))
    return [_promise(task, asked[task], found.get(task), model) for task in TASKS]


def _promise(task: str, asked: Wanted, certificate: Any, model: str) -> Promise:
    if certificate is None:
        return Promise(
            task=task,
            precision=asked.precision,
            enabled=asked.enabled,
            certified=False,
            basis="none",
            model=model,
        )
    current = certificate.precision == asked.precision
    return Promise(
        task=task,
        precision=asked.precision,
        enabled=asked.enabled,
        certified=current and certificate.threshold is not None and not certificate.revoked,
        basis=certificate.basis,
        model=model,
        threshold=certificate.threshold,
        coverage=certificate.coverage,
        reviews=certificate.reviews,
        reviews_needed=certificate.needed,
        observed=certificate.observed,
        observed_n=certificate.observed_n,
        live_n=0 if certificate.live_gap is None else certificate.reviews,
        live_stated=certificate.live_stated,
        live_right=certificate.live_right,
        live_gap=certificate.live_gap,
        live_noise=certificate.live_noise,
    )


async def change(desk: Desk, task: str, body: PromiseChange, by: str) -> Promise:
    """Change what is asked of a task and certify it anew; raises for an unknown task or an odd precision."""
    if task not in TASKS:
        raise NotFound("There is no such task.")
    asked = (await desk.db.read(lambda conn: repo.wanted(conn, TASKS, desk.options.precision)))[task]
    precision = asked.precision if body.precision is msgspec.UNSET else float(body.precision)
    if not 0.5 <= precision <= 0.999:
        message = "A promise lies between 0.5 and 0.999."
        raise Invalid(errors=[FieldError("precision", message, "out_of_range")])
    enabled = asked.enabled if body.enabled is msgspec.UNSET else bool(body.enabled)
    value, now = Wanted(precision, enabled), desk.clock.now()
    await desk.db.write(lambda conn: repo.set_wanted(conn, task, value, by, now))
    loaded = await desk.serving.current()
    model = loaded.version if loaded else ""
    if model:
        await certify(desk, model, (task,))
    return next(promise for promise in await promises(desk, model) if promise.task == task)
