"""What the desk says by itself, in the customer's language. None of it repeats what the customer wrote."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

WORDS = {
    "en": {
        "hello": "Hello{name},",
        "received": "we have received your request. Its number is #{number}.",
        "closed_now": "We are closed at the moment and open again on {opens}.",
        "by": "You will hear from us by {due}.",
        "nudge": "we are waiting for your answer to go on with your request #{number}.",
        "closes": "If we do not hear from you by {closes}, we will close it. Reply at any time, and it opens again.",
        "asked": "your request #{number} was closed a while ago. Is it really solved?",
        "choose": "Please tell us here:\n{link}",
        "answer": "a person will read your request #{number}. Until then, one of our articles may answer it already:",
        "quote": "“{quote}”",
        "source": "From “{title}”:\n{address}",
        "helped": "Did it help? One click tells us:\n{link}\n\n"
        "If it did not, say so there or simply reply. Your request keeps its place, and a person goes on with it.",
        "rate": "your request #{number} is solved. How did we do?",
        "stars": "One click tells us, and a word is welcome:\n{link}",
    },
    "es": {
        "hello": "Hola{name}:",
        "received": "hemos recibido tu solicitud. Su número es #{number}.",
        "closed_now": "Ahora mismo estamos cerrados; volvemos a abrir el {opens}.",
        "by": "Tendrás noticias nuestras antes del {due}.",
        "nudge": "esperamos tu respuesta para seguir con tu solicitud #{number}.",
        "closes": "Si no contestas antes del {closes}, la cerraremos. Responde cuando quieras y se abrirá otra vez.",
        "asked": "tu solicitud #{number} se cerró hace un tiempo. ¿Está resuelta de verdad?",
        "choose": "Dínoslo aquí:\n{link}",
        "answer": "una persona leerá tu solicitud #{number}. Mientras tanto, quizá ya la responda uno de nuestros "
        "artículos:",
        "quote": "«{quote}»",
        "source": "De «{title}»:\n{address}",
        "helped": "¿Te ha servido? Dínoslo con un clic:\n{link}\n\n"
        "Si no, dilo ahí o simplemente responde. Tu solicitud conserva su lugar y una persona sigue con ella.",
        "rate": "tu solicitud #{number} está resuelta. ¿Qué tal lo hemos hecho?",
        "stars": "Dínoslo con un clic; si quieres añadir algo, te leemos:\n{link}",
    },
}  # fmt: skip


def said(locale: str, name: str, *parts: str, **values: str) -> str:
    """A letter of the desk. ``name`` is how the customer is greeted, empty for nobody known."""
    words = WORDS[locale]
    hello = words["hello"].replace("{name}", f" {name}" if name else "")
    lines = [words[part] for part in parts]
    for key, value in values.items():
        lines = [line.replace("{" + key + "}", value) for line in lines]
    return "\n\n".join([hello, *lines])


def moment(at: datetime, zone: str, locale: str) -> str:
    """A time on the desk's wall, with the day's name and the zone's place."""
    pattern = "EEEE d MMMM, HH:mm" if locale == "en" else "EEEE d 'de' MMMM 'a las' HH:mm"
    place = zone.rpartition("/")[2].replace("_", " ")
    shown: str = format_datetime(at.astimezone(ZoneInfo(zone)), pattern, locale=locale)
    return f"{shown} ({place})"
