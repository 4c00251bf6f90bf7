"""Tickets: their anatomy, their life, and who may see what of them."""
