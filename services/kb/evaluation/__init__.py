"""Measuring search on a corpus and queries with known answers, by the code that serves."""
