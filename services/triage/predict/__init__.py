"""Deciding on a ticket: read its text, predict, store the decision, propose it to core."""
