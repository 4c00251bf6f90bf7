"""Bringing articles in from files: Markdown with front matter, HTML, JSON Lines."""
