"""Contacts with their identities, organisations, staff, teams."""
