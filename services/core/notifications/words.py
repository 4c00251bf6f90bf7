"""The words of mail to staff, in their language."""

from typing import Any

_SUBJECTS = {
    "en": {
        "mention": "{actor} mentioned you in #{number}",
        "assigned": "#{number} is yours now",
        "handed_on": "#{number} is no longer yours",
        "shared": "{actor} shares #{number} with you",
        "replied": "The customer answered in #{number}",
        "new_ticket": "New for your team: #{number}",
        "critical": "Critical: #{number}",
        "warning": "#{number} is running out of time",
        "breach": "#{number} has missed its time",
        "rule": "{actor}: #{number}",
    },
    "es": {
        "mention": "{actor} te ha mencionado en #{number}",
        "assigned": "#{number} es tuyo ahora",
        "handed_on": "#{number} ya no es tuyo",
        "shared": "{actor} comparte #{number} contigo",
        "replied": "El cliente ha contestado en #{number}",
        "new_ticket": "Nuevo para tu equipo: #{number}",
        "critical": "Crítico: #{number}",
        "warning": "A #{number} se le acaba el tiempo",
        "breach": "#{number} ha superado su plazo",
        "rule": "{actor}: #{number}",
    },
}
_METRICS = {
    "en": {
        "first_response": "First response",
        "next_response": "Next response",
        "resolution": "Resolution",
    },
    "es": {
        "first_response": "Primera respuesta",
        "next_response": "Siguiente respuesta",
        "resolution": "Resolución",
    },
}


def mail_words(locale: str, told: dict[str, Any], link: str) -> tuple[str, str]:
    """Subject and text. The customer's subject is quoted in the text, where nothing reads it as more than words."""
    number, actor = told["number"], told["actor"] or "Triaje"
    subject = _SUBJECTS[locale][told["kind"]].replace("{number}", str(number)).replace("{actor}", actor)
    detail = _METRICS[locale].get(told["detail"], told["detail"])
    return subject, "\n\n".join(filter(None, (told["subject"], detail, link)))
