"""Noticing: an unusual run of similar tickets, and drift of what comes in or of what is right."""
