"""Announcements: what is known or planned, shown to whom it concerns and mailed to them once, before they ask."""
