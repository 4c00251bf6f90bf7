"""The words for what core names by key. ``N_`` marks them for the catalogues; they are looked up when shown."""

from collections.abc import Callable

Gettext = Callable[[str], str]


def N_(text: str) -> str:  # noqa: N802  (the name that every extractor knows)
    return text


STATUS = {
    "open": N_("Open"),
    "pending": N_("Pending"),
    "in_progress": N_("In progress"),
    "delayed": N_("Delayed"),
    "solved": N_("Solved"),
    "closed": N_("Closed"),
    "cancelled": N_("Cancelled"),
}
PRIORITY = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High"), "critical": N_("Critical")}
CHANNEL = {
    "email": N_("email"),
    "portal": N_("portal"),
    "form": N_("form"),
    "chat": N_("chat"),
    "api": N_("API"),
    "phone": N_("phone"),
    "sms": N_("SMS"),
    "whatsapp": N_("WhatsApp"),
    "telegram": N_("Telegram"),
    "social": N_("social media"),
    "alert": N_("alert"),
    "forum": N_("forum"),
}
ROLE = {
    "customer": N_("Customer"),
    "light": N_("Light agent"),
    "agent": N_("Agent"),
    "lead": N_("Lead"),
    "admin": N_("Admin"),
}
TASK = {"category": N_("Category"), "priority": N_("Priority"), "tags": N_("Tags"), "team": N_("Team")}
FIELD = TASK | {
    "status": N_("Status"),
    "assignee": N_("Assignee"),
    "subject": N_("Subject"),
    "type": N_("Type"),
    "language": N_("Language"),
    "resolution": N_("Resolution"),
    "fields": N_("Fields"),
    "reason": N_("Because"),
    "followers": N_("Follower"),
    "rating": N_("Rating"),
    "remote_session": N_("Remote session"),
    "product": N_("Product"),
}
IDENTITY = {
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "whatsapp": N_("WhatsApp"),
    "telegram": N_("Telegram"),
    "portal": N_("Portal"),
    "social": N_("Social media"),
    "external": N_("External account"),
}
SCORE = {
    "1": N_("1 of 5, very bad"),
    "2": N_("2 of 5, bad"),
    "3": N_("3 of 5, so-so"),
    "4": N_("4 of 5, good"),
    "5": N_("5 of 5, very good"),
}
TYPE = {
    "question": N_("Question"),
    "incident": N_("Incident"),
    "problem": N_("Problem"),
    "task": N_("Task"),
}
SOURCE = {"macro": N_("Macro"), "article": N_("Article"), "ticket": N_("Solved ticket")}
TIER = {"standard": "", "premium": N_("Premium"), "vip": N_("VIP")}
MODEL_STATE = {
    "champion": N_("Serving"),
    "challenger": N_("Challenger"),
    "archived": N_("Archived"),
    "failed": N_("Failed"),
}
ARTICLE_STATE = {"draft": N_("Draft"), "published": N_("Published"), "archived": N_("Archived")}
VISIBILITY = {"public": N_("Everyone"), "customers": N_("Signed-in customers"), "staff": N_("Staff only")}
JOB_STATE = {
    "queued": N_("Waiting"),
    "running": N_("Running"),
    "done": N_("Done"),
    "failed": N_("Failed"),
    "cancelled": N_("Cancelled"),
    "dead": N_("Dead"),
}
METRIC = {
    "first_response": N_("First response"),
    "next_response": N_("Next response"),
    "resolution": N_("Resolution"),
}
DELIVERY = {
    "queued": N_("On its way"),
    "sent": N_("Sent"),
    "kept": N_("In the local outbox"),
    "failed": N_("Not delivered"),
    "bounced": N_("Came back"),
}
LIKELIHOOD = ((0.9, N_("very likely")), (0.7, N_("likely")), (0.4, N_("perhaps")), (0.0, N_("unlikely")))


def label(table: dict[str, str], key: str, _: Gettext) -> str:
    """The word for ``key``; the key itself, made readable, where an admin added it."""
    text = table.get(key)
    return _(text) if text else key.replace("_", " ")


def likelihood(probability: float, _: Gettext) -> str:
    """A probability in words."""
    return next(_(text) for least, text in LIKELIHOOD if probability >= least)
