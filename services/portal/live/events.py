"""From the suite's events to the pages that care."""

from services.common.events.outbox import Event
from services.portal.web.portal import Portal

TICKETS = "tickets"


async def announce(events: list[Event], portal: Portal) -> None:
    """Tell open pages. What they show they fetch themselves, as the person they are."""
    for event in events:
        if event.type.startswith("core.taxonomy."):
            portal.taxonomies.forget()
        number = event.data.get("number")
        if number is None:
            continue
        version = int(event.data.get("version") or 0)
        kind = event.type.rsplit(".", 1)[0]
        await portal.live.publish(TICKETS, str(number), version, kind)
        await portal.live.publish(f"ticket:{number}", str(number), version, kind)
