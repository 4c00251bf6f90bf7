"""Whom a ticket is given to: skills, language, capacity, presence, load, and who solved the like before."""
