"""Core's own numbers: what one request may hold, and how often one may try."""

from datetime import timedelta

MAX_JSON = 1_100_000
"""Bytes of a JSON body: a text of a megabyte and the rest of the ticket."""
MAX_TEXT = 1_000_000
"""Characters of one message."""
MAX_MAIL = 26_214_400
"""Bytes of one mail: 25 MB, what large providers let through."""
MAX_UPLOAD = 25_000_000
"""Bytes of one attachment."""
MAX_ATTACHMENTS = 20
MAX_TAGS = 50
MAX_FIELDS = 100
MAX_FIELD_BYTES = 64_000
"""Bytes of all custom fields of a ticket as JSON."""

SESSION_LIFE = timedelta(days=14)
MAGIC_LINK_LIFE = timedelta(minutes=30)
"""Long enough to find the mail, far under the day that the hardening list allows."""
MIN_PASSWORD = 10

SIGN_IN_PAIR = "6/5minutes"
"""Attempts of one address at one account since it last succeeded. Another address is not locked out by them."""
SIGN_IN_ADDRESS = "120/5minutes"
SIGN_IN_ACCOUNT = "60/hour"
SIGN_IN_KNOWN = "1000/30days"
"""Remembers from where an account signed in before; its number is of no importance."""
SIGN_IN_GLOBAL = "1200/minute"
MAGIC_ACCOUNT = "3/hour"
MAGIC_ADDRESS = "20/hour"
MAGIC_GLOBAL = "600/hour"
