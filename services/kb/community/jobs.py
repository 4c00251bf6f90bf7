"""What follows for the community when a person is erased."""

from services.common.events import Event
from services.common.jobs import JobContext
from services.kb.community.moderation import forget
from services.kb.index.queue import jobs


@jobs.on("core.contact.erased", queue="fast")
async def contact_left_the_community(ctx: JobContext, event: Event) -> None:
    """An erased person's posts lose their words and their name."""
    person = str(event.data.get("contact") or "")
    if person:
        await ctx.db.write(lambda conn: forget(conn, person))
