"""Magic links: sent to who has an account, good once and for half an hour, stored as a hash."""

from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa

from services.common.ids import new_secret
from services.common.jobs import JobContext
from services.common.text import normalise_email
from services.core import settings
from services.core.contract import MagicLinkRedeem, MagicLinkRequest, MagicLinkSent, OpenSession
from services.core.desk import Core
from services.core.identity import people
from services.core.identity.people import Account
from services.core.identity.sessions import SignInFailed, SignInLimited, digest, open_session
from services.core.jobs import jobs
from services.core.models import contact_identity, magic_link

_WORDS = {
    "en": (
        "Your link to sign in",
        """\
Use this link within {minutes} minutes. It works once.

{link}

If you did not ask for it, you need not do anything.
""",
    ),
    "es": (
        "Tu enlace para entrar",
        """\
Usa este enlace antes de {minutes} minutos. Sirve una sola vez.

{link}

Si no lo has pedido, no tienes que hacer nada.
""",
    ),
}


async def request(core: Core, given: MagicLinkRequest) -> MagicLinkSent:
    """Send a link if the address has an account and room. The answer is always the same, and as quick."""
    email = normalise_email(given.email)
    if email and await _room(core, email, given.address):
        await core.db.write(
            lambda conn: jobs.enqueue(conn, "send_magic_link", {"email": email, "locale": given.locale})
        )
    return MagicLinkSent()


async def _room(core: Core, email: str, address: str) -> bool:
    rooms = [
        await core.limits.hit(settings.MAGIC_ACCOUNT, "magic", email),
        await core.limits.hit(settings.MAGIC_ADDRESS, "magic-address", address),
        await core.limits.hit(settings.MAGIC_GLOBAL, "magic-global"),
    ]
    return all(rooms)


@jobs.job("send_magic_link", queue="fast", max_attempts=3)
async def send_magic_link(ctx: JobContext, payload: dict[str, str]) -> None:
    """Make the link and send it. The secret exists in this call and in the mail, nowhere else."""
    core: Core = ctx.service
    account = await core.db.read(lambda conn: people.by_email(conn, payload["email"]))
    if account is None or not account.active:
        return
    token = await issue(core, account)
    subject, text = _WORDS.get(account.locale, _WORDS["en"])
    link = f"{await core.db.read(core.site)}/sign-in/link?token={quote(token)}"
    minutes = int(settings.MAGIC_LINK_LIFE.total_seconds() // 60)
    await core.mail.send(payload["email"], subject, text.format(minutes=minutes, link=link))


async def issue(core: Core, account: Account) -> str:
    """A new link's secret for ``account``."""
    token, now = new_secret("lnk_"), core.now()
    await core.db.write(
        lambda conn: (
            conn.execute(
                magic_link.insert(),
                {
                    "hash": digest(token),
                    "person_kind": account.kind,
                    "person_id": account.id,
                    "epoch": account.epoch,
                    "created_at": now,
                    "expires_at": now + settings.MAGIC_LINK_LIFE,
                    "used_at": None,
                },
            )
            and None
        )
    )
    return token


async def redeem(core: Core, given: MagicLinkRedeem) -> OpenSession:
    """Open a session for an unused link; a link is used up by the first who comes."""
    if not await core.limits.hit(settings.SIGN_IN_ADDRESS, "redeem", given.address):
        raise SignInLimited(retry_after=300)
    now = core.now()

    def unit(conn: sa.Connection) -> Account | None:
        good = (
            magic_link.c.hash == digest(given.token),
            magic_link.c.used_at.is_(None),
            magic_link.c.expires_at > now,
        )
        row = conn.execute(sa.select(magic_link).where(*good).with_for_update()).first()
        if row is None:
            return None
        conn.execute(magic_link.update().where(magic_link.c.hash == row.hash).values(used_at=now))
        account = people.by_id(conn, row.person_kind, row.person_id)
        if account is None or not account.active or account.epoch != row.epoch:
            return None
        if account.kind == "contact":
            _verify(conn, account.id, account.email)
        return account

    account = await core.db.write(unit)
    if account is None:
        raise SignInFailed("The link has been used or is too old.")
    return await open_session(core, account, "link")


def _verify(conn: sa.Connection, contact_id: UUID, email: str) -> None:
    """Whoever opened the mail owns the address."""
    conn.execute(
        contact_identity.update()
        .where(
            contact_identity.c.contact_id == contact_id,
            contact_identity.c.kind == "email",
            contact_identity.c.value == email,
        )
        .values(verified=True)
    )
