"""The words of the rule builder, by the keys that core knows."""

from services.portal.web.labels import N_

EVENTS = {
    "created": N_("A ticket is opened"),
    "customer_replied": N_("The customer writes"),
    "agent_replied": N_("An agent replies"),
    "noted": N_("A note is written"),
    "updated": N_("A field changes"),
    "closed": N_("A ticket is closed"),
    "reopened": N_("A ticket is reopened"),
    "sla_warning": N_("Time is running out"),
    "sla_breached": N_("The time is up"),
}
SINCE = {
    "created": N_("it was opened"),
    "updated": N_("anything changed"),
    "customer": N_("the customer wrote last"),
    "staff": N_("an agent wrote last"),
}
FIELDS = {
    "words": N_("Words in the text"),
    "tier": N_("Customer's tier"),
    "status": N_("Status"),
    "priority": N_("Priority"),
    "category": N_("Category"),
    "team": N_("Team"),
    "assignee": N_("Assignee"),
    "tags": N_("Tags"),
    "channel": N_("Channel"),
    "language": N_("Language"),
    "type": N_("Type"),
    "open": N_("The desk is open (yes, no)"),
}
OPERATORS = {
    "is": N_("is one of"),
    "is_not": N_("is none of"),
    "at_least": N_("is at least"),
    "at_most": N_("is at most"),
    "contains": N_("has the word"),
    "empty": N_("is empty"),
    "not_empty": N_("is not empty"),
}
SETTABLE = ("priority", "status", "team", "category", "assignee", "type")
WHOM = ("assignee_or_team", "leads")
ACTIONS = {
    "set_priority": N_("Set the priority to"),
    "raise_priority": N_("Raise the priority"),
    "set_status": N_("Set the status to"),
    "set_team": N_("Move it to the team"),
    "set_category": N_("Set the category to"),
    "set_assignee": N_("Assign it to (e-mail address)"),
    "set_type": N_("Set the type to"),
    "add_tags": N_("Add the tags"),
    "ask_missing": N_("Ask the customer for what lacks"),
    "notify_assignee_or_team": N_("Tell the assignee, or the team"),
    "notify_leads": N_("Tell the leads"),
    "reply": N_("Write to the customer"),
    "note": N_("Write a note"),
}
