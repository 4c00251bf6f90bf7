"""Mail from the wire: RFC 5322 bytes in, one plain struct out, whatever state they are in."""

from services.core.mail.parse import MailLimits, MailPart, MailRefused, ParsedMail, parse_mail
from services.core.mail.reply import split_reply

__all__ = ["MailLimits", "MailPart", "MailRefused", "ParsedMail", "parse_mail", "split_reply"]
