"""Rules over HTTP: admins write them and try them out, staff reads them."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.errors import Invalid
from services.common.http import Actor, require
from services.core.actors import author_of
from services.core.audit import note
from services.core.automation import runner, store
from services.core.automation.jobs import arm_later
from services.core.contract import DryRun, Rule, RuleInput
from services.core.desk import Core
from services.core.taxonomy.routes import staff_only


@get("/api/v1/rules", tags=["automation"])
async def list_rules(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[Rule]:
    """Triggers and timed rules in the order in which they run."""
    staff_only(actor)
    return await core.db.read(store.every)


@post("/api/v1/rules", tags=["automation"])
async def create_rule(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[RuleInput]
) -> Rule:
    """Make a rule."""
    require(actor, "admin")

    def unit(conn: sa.Connection) -> Rule:
        made = store.add(conn, data, core.lookups.get(conn))
        return _kept(conn, core, actor, made, "created")

    return await _changed(core, unit)


@put("/api/v1/rules/{rule_id:uuid}", status_code=200, tags=["automation"])
async def change_rule(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    rule_id: FromPath[UUID],
    data: JSONBody[RuleInput],
) -> Rule:
    """Replace a rule; `version` is the one that you read."""
    require(actor, "admin")

    def unit(conn: sa.Connection) -> Rule:
        made = store.change(conn, rule_id, data, core.lookups.get(conn))
        return _kept(conn, core, actor, made, "changed")

    return await _changed(core, unit)


@delete("/api/v1/rules/{rule_id:uuid}", tags=["automation"])
async def drop_rule(
    core: NamedDependency[Core], actor: NamedDependency[Actor], rule_id: FromPath[UUID]
) -> None:
    """Remove a rule."""
    require(actor, "admin")

    def unit(conn: sa.Connection) -> None:
        store.drop(conn, rule_id)
        note(
            conn, at=core.now(), subject="rule", subject_id=rule_id, action="deleted", author=author_of(actor)
        )

    await _changed(core, unit)


@post("/api/v1/rules/dry-run", status_code=200, tags=["automation"])
async def try_rule(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[RuleInput]
) -> DryRun:
    """Try a rule on the newest tickets without changing anything."""
    require(actor, "admin")

    def unit(conn: sa.Connection) -> DryRun:
        problems = store.check(data, core.lookups.get(conn))
        if problems:
            raise Invalid(errors=problems)
        return runner.dry_run(conn, core, data, core.now())

    return await core.db.read(unit)


def _kept(conn: sa.Connection, core: Core, actor: Actor, made: Rule, action: str) -> Rule:
    note(conn, at=core.now(), subject="rule", subject_id=made.id, action=action, author=author_of(actor))
    if made.kind == "timed" and made.active:
        arm_later(conn, made.id)
    return made


async def _changed(core: Core, unit: Any) -> Any:
    result = await core.db.write(unit)
    core.rules.forget()
    return result


routes = [list_rules, create_rule, change_rule, drop_rule, try_rule]
