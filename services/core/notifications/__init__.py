"""Telling staff what concerns them: on the page and by mail, as they chose, once, and never of their own act."""
