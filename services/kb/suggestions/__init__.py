"""Suggestions while a customer writes, and what becomes of them."""
