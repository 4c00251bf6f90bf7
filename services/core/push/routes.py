"""One's own browsers that are told of what is urgent."""

from uuid import UUID

import sqlalchemy as sa
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.errors import FieldError, Invalid
from services.common.http import Actor
from services.common.outside import AddressSilent
from services.core.contract import NewPushSubscription, PushState, PushSubscription
from services.core.desk import Core
from services.core.notifications.routes import person
from services.core.push import store
from services.core.push.keys import own_key
from services.core.push.seal import public_point, unpadded


@get("/api/v1/push", tags=["notifications"])
async def push_state(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> PushState:
    """The key that a browser subscribes with, and your browsers that have."""
    who = person(actor)

    def unit(conn: sa.Connection) -> PushState:
        key = unpadded(public_point(own_key(conn, core.rt.settings.secret).public_key()))
        return PushState(key=key, subscriptions=store.of_person(conn, who))

    return await core.write_once(unit)


@post("/api/v1/push/subscriptions", tags=["notifications"])
async def subscribe(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewPushSubscription]
) -> PushSubscription:
    """Tell this browser of what is urgent. Its address must lie outside of the desk's own network."""
    who = person(actor)
    store.checked(data)
    if not data.endpoint.startswith("https://") and not core.outside.allowed:
        raise Invalid(errors=[FieldError("endpoint", "Push services speak https.", "invalid")])
    try:
        await core.outside.check(data.endpoint)
    except AddressSilent as error:
        raise Invalid(
            errors=[FieldError("endpoint", "This push service has no address.", "unknown")]
        ) from error
    return await core.db.write(lambda conn: store.subscribe(conn, who, data, core.now()))


@delete("/api/v1/push/subscriptions/{subscription:uuid}", tags=["notifications"])
async def unsubscribe(
    core: NamedDependency[Core], actor: NamedDependency[Actor], subscription: FromPath[UUID]
) -> None:
    """Tell this browser no longer."""
    who = person(actor)
    await core.db.write(lambda conn: store.unsubscribe(conn, who, subscription))


routes = [push_state, subscribe, unsubscribe]
