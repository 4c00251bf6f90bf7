"""The question for what is missing, in the customer's language."""

from services.core.contract import CustomField

WORDS = {
    "en": {
        "hello": "Hello{name},",
        "need": "to go on with your request #{number} we need the following from you:",
        "choose": "Choose one of: {options}",
        "how": "Reply to this message, or fill it in here:\n{link}",
    },
    "es": {
        "hello": "Hola{name}:",
        "need": "para seguir con tu solicitud #{number} necesitamos lo siguiente:",
        "choose": "Elige entre: {options}",
        "how": "Responde a este mensaje o rellénalo aquí:\n{link}",
    },
}
FEW_OPTIONS = 12


def picked(texts: dict[str, str], locale: str) -> str:
    """The text of a language, or of another one where there is none."""
    return texts.get(locale) or next((text for text in texts.values() if text), "")


def question(locale: str, name: str, number: int, fields: list[CustomField], link: str) -> str:
    """A letter that asks for exactly ``fields``."""
    words = WORDS[locale]
    asked = []
    for field in fields:
        lines = [f"– {picked(field.name, locale)}"]
        if help_ := picked(field.help, locale):
            lines.append(f"  {help_}")
        if field.options and len(field.options) <= FEW_OPTIONS:
            options = ", ".join(picked(option.name, locale) for option in field.options)
            lines.append("  " + words["choose"].replace("{options}", options))
        asked.append("\n".join(lines))
    hello = words["hello"].replace("{name}", f" {name}" if name else "")
    need = words["need"].replace("{number}", str(number))
    return "\n\n".join([hello, need, "\n".join(asked), words["how"].replace("{link}", link)])
