"""Reading the whole log and comparing it with what is stored."""

import hmac

from services.common.db import Database
from services.triage.contract import LogCheck
from services.triage.ledger import repository as repo
from services.triage.ledger.digest import GENESIS, digest, link

SLICE = 500
SHOWN = 10  # problems that are named; the rest is counted


async def verify(db: Database) -> LogCheck:
    """Every entry in order: its place, its link, and the digest of what is stored, where it was not erased."""
    after, chain, erased = 0, GENESIS, 0
    problems: list[str] = []
    while True:
        rows = await db.read(lambda conn, after=after: repo.entries(conn, after, SLICE))  # type: ignore[misc]
        if not rows:
            break
        for entry, decision, read in rows:
            if entry.serial != after + 1:
                problems.append(f"entries {after + 1} to {entry.serial - 1} are missing")
            if not hmac.compare_digest(entry.chain, link(chain, entry.serial, entry.digest)):
                problems.append(f"entry {entry.serial} does not follow from the one before it")
            after, chain = entry.serial, entry.chain
            if decision is None:
                problems.append(f"entry {entry.serial}: its decision is gone")
            elif read is None or read.salt is None:
                erased += 1
            elif digest(decision, read, read.salt) != entry.digest:
                problems.append(f"entry {entry.serial}: its decision was altered")
    waiting, lost = await db.read(repo.loose)
    if lost:
        problems.append(f"{lost} decisions say that they are in the log, and are not")
    return LogCheck(
        entries=after,
        head=chain,
        erased=erased,
        waiting=waiting,
        problems=problems[:SHOWN],
        problem_count=len(problems),
    )
