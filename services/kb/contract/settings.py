"""What an admin chooses for the knowledge base."""

from msgspec import UNSET, Struct, UnsetType


class KbSettings(Struct, kw_only=True):
    """What an admin has switched. `external_links` lets the check of links ask other sites."""

    external_links: bool = False


class KbSettingsPatch(Struct, kw_only=True, forbid_unknown_fields=True):
    external_links: bool | UnsetType = UNSET
