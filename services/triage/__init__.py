"""Triage: what a ticket is about, how urgent it is, who should take it, and what to answer."""
