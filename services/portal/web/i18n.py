"""Languages: catalogues, the choice among them, and how times, numbers and shares are written."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent

from services.portal.web.viewer import LOCALES

CATALOGUES = Path(__file__).resolve().parent.parent / "locale"
LONG_AGO = timedelta(days=6)


def load(language: str) -> NullTranslations:
    """The compiled catalogue of ``language``; English stands in the code itself."""
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.mo"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        return GNUTranslations(file)


def negotiate(accept: str) -> str:
    """The best of our languages for an ``Accept-Language`` header."""
    wanted: list[tuple[float, str]] = []
    for part in accept[:400].split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((float(weight or 1), name.split("-")[0].lower()))
        except ValueError:
            continue
    for _, name in sorted(wanted, key=lambda pair: -pair[0]):
        if name in LOCALES:
            return name
    return "en"


def pick(texts: dict[str, str] | None, language: str) -> str:
    """The text in ``language``, else in English, else in whatever there is."""
    if not texts:
        return ""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


class Writer:
    """Writes values the way readers of one language expect them."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(language)
        self.catalogue = load(language)
        self._spans: dict[tuple[int, str], str] = {}  # a few thousand at most: minutes, hours and days

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def number2(self, value: float) -> str:
        """Two decimals, as similarity is written."""
        return format_decimal(value, format="0.00", locale=self.locale)

    def percent(self, share: float | None, digits: int = 0) -> str:
        """A share of one as a percentage, with a thin gap before the sign in either language."""
        if share is None:
            return "–"
        if 0.995 <= share < 1 and digits == 0:
            digits = 1
        pattern = "#,##0." + "0" * digits + "\u202f%" if digits else "#,##0\u202f%"
        return format_percent(share, format=pattern, locale=self.locale)

    def ago(self, at: datetime, now: datetime) -> str:
        """How long ago, in words."""
        return format_timedelta(at - now, add_direction=True, threshold=1.2, locale=self.locale)

    def ago_short(self, at: datetime, now: datetime) -> str:
        """How long ago, as short as a narrow column needs it."""
        seconds = max(0, int((now - at).total_seconds()))
        for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
            if seconds >= size:
                return self._narrow(seconds // size * size, unit)
        return self._narrow(60, "minute")

    def _narrow(self, seconds: int, unit: str) -> str:
        found = self._spans.get((seconds, unit))
        if found is None:
            found = self._spans[seconds, unit] = format_timedelta(
                timedelta(seconds=seconds),
                granularity=unit,  # type: ignore[arg-type]
                threshold=1000,
                format="narrow",
                locale=self.locale,
            )
        return found

    def when(self, at: datetime, now: datetime, zone: object) -> str:
        """A moment as one says it: the time today, the weekday this week, else the date."""
        local, today = at.astimezone(zone), now.astimezone(zone)  # type: ignore[arg-type]
        if local.date() == today.date():
            return format_time(local, "HH:mm", locale=self.locale)
        if timedelta(0) <= today - local < LONG_AGO:
            return format_datetime(local, "EEE HH:mm", locale=self.locale)
        if local.year == today.year:
            return format_datetime(local, "d MMM HH:mm", locale=self.locale)
        return format_date(local, "d MMM y", locale=self.locale)

    def day(self, at: date | None, zone: tzinfo = UTC) -> str:
        """A date, with the month in letters."""
        if at is None:
            return "–"
        day = at.astimezone(zone).date() if isinstance(at, datetime) else at
        return str(format_date(day, "d MMM y", locale=self.locale))

    def filesize(self, size: int) -> str:
        for unit, scale in (("MB", 1_000_000), ("kB", 1000)):
            if size >= scale:
                return f"{format_decimal(size / scale, format='#,##0.#', locale=self.locale)} {unit}"
        return f"{size} B"


@cache
def writer_of(language: str) -> Writer:
    """The writer of ``language``; catalogues are read once a process."""
    return Writer(language)
