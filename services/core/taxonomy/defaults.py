"""What every desk starts with. A desk may add to it and rename, the keys stay."""

from typing import Any

from services.core.tickets.status import DEFAULT_NEXT

_STATUS_NAMES = {
    "open": ("Open", "Abierto"),
    "pending": ("Pending", "Pendiente"),
    "in_progress": ("In progress", "En curso"),
    "delayed": ("Delayed", "Retrasado"),
    "solved": ("Solved", "Resuelto"),
    "closed": ("Closed", "Cerrado"),
    "cancelled": ("Cancelled", "Cancelado"),
}

STATUSES: list[dict[str, Any]] = [
    {
        "key": key,
        "category": key,
        "name": {"en": en, "es": es},
        "next": list(DEFAULT_NEXT[key]),
        "position": at,
    }
    for at, (key, (en, es)) in enumerate(_STATUS_NAMES.items(), start=1)
]

PRIORITIES: list[dict[str, Any]] = [
    {
        "key": "low",
        "rank": 1,
        "version": 1,
        "name": {"en": "Low", "es": "Baja"},
        "definition": {
            "en": "A question or a wish. Nobody is held up.",
            "es": "Una duda o un deseo. No detiene a nadie.",
        },
    },
    {
        "key": "normal",
        "rank": 2,
        "version": 1,
        "name": {"en": "Normal", "es": "Normal"},
        "definition": {
            "en": "Something does not work as it should, and there is another way for now.",
            "es": "Algo no funciona como debería y, mientras tanto, hay otra forma de hacerlo.",
        },
    },
    {
        "key": "high",
        "rank": 3,
        "version": 1,
        "name": {"en": "High", "es": "Alta"},
        "definition": {
            "en": "Somebody cannot do what they came for, or money is at stake.",
            "es": "Alguien no puede hacer lo que necesita, o hay dinero en juego.",
        },
    },
    {
        "key": "critical",
        "rank": 4,
        "version": 1,
        "name": {"en": "Critical", "es": "Crítica"},
        "definition": {
            "en": "Damage grows by the minute: theft, a leak, an outage for many.",
            "es": "El daño crece por minutos: un robo, una fuga de datos, una caída que afecta a muchos.",
        },
    },
]
