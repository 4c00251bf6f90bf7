"""A bare site of django-helpdesk for ``bench_helpdesk``, in an environment of its own: Django is no part of Triaje.

``prepare()`` makes its database, gunicorn serves ``helpdesk_site:application``. Nothing that Triaje
has to do as well is switched off, and whatever costs only django-helpdesk is: sessions, passwords and mail.
"""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings


def database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        options = {"timeout": 60, "transaction_mode": "IMMEDIATE", "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path, "OPTIONS": options}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname,
        "PORT": parts.port,
    }


def first_user() -> Any:
    """Whoever asks is the first user: one query, as for a token of Triaje."""
    return get_user_model().objects.get(pk=1)


settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="helpdesk_site",
    INSTALLED_APPS=[
        *[
            f"django.contrib.{app}"
            for app in ("admin", "auth", "contenttypes", "humanize", "messages", "sessions")
        ],
        "django.contrib.sites",
        "rest_framework",
        "helpdesk",
    ],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={"default": {**database(os.environ["HELPDESK_DATABASE"]), "CONN_MAX_AGE": None}},
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    LOGGING={"version": 1, "disable_existing_loggers": True},
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "UNAUTHENTICATED_USER": "helpdesk_site.first_user",
    },
    SILENCED_SYSTEM_CHECKS=["admin.E403", "admin.E408", "admin.E409", "admin.E410"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    HELPDESK_ACTIVATE_API_ENDPOINT=True,
    HELPDESK_TEAMS_MODE_ENABLED=False,
    SITE_ID=1,
    USE_TZ=True,
)

from django.core.wsgi import get_wsgi_application  # noqa: E402  after the settings

application = get_wsgi_application()

from django.contrib.auth import get_user_model  # noqa: E402  after the applications
from django.urls import include, path  # noqa: E402

urlpatterns = [path("", include("helpdesk.urls"))]


def prepare() -> None:
    """Tables, a user and a queue."""
    from django.core.management import call_command
    from helpdesk.models import Queue

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser("bench", "bench@bench.test", "bench")
    Queue.objects.create(title="Bench", slug="bench")
