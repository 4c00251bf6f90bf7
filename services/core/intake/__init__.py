"""Intake: whatever arrives becomes one ``Inbound`` and, in one transaction, a ticket or an entry on one."""
