"""Macros: saved replies with variables that never leak a brace."""
