"""Makes the demo desk's ticket files out of the BANKING77 training split and our own texts.

    python -m services.suite.demo.build_tickets PATH/banking77_train.jsonl

The same input and seed give the same bytes. Every fifth row of the split (row % 5 == 0) is held out
for evaluation and never used, nor is a row that says the same as one of them. What was changed on a
text is noted in `source.changes` of its ticket; `data/NOTICE.md` has licence and attribution.
"""

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.suite.demo.moments import WEEKS

DATA = Path(__file__).parent / "data"
CLOSED = 1500
HELD_OUT_EVERY = 5
DEMO_CUSTOMER = "customer@demo.test"
OPEN_ENGLISH = 28
# Categories that the open queue must show, whatever the draw.
OPEN_FORCED = ("lost_or_stolen_card", "lost_or_stolen_phone", "card_payment_not_recognised", "pin_blocked")
PERIOD = WEEKS * 7 * 24 * 60
# Monday to Sunday, and the hours of a day in UTC: a retail bank's desk, busy before noon and after work.
WEEKDAYS = (1.25, 1.15, 1.1, 1.05, 1.0, 0.55, 0.45)
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 19, 18, 15, 13, 14, 15, 17, 18, 17, 15, 12, 9, 5, 2)
CHANNELS = {"email": 45, "portal": 30, "chat": 15, "api": 10}
GREETED = {"email": 0.5, "portal": 0.25, "chat": 0.1, "api": 0.0}
# Median minutes to the first reply.
REPLY_AFTER = {"critical": 9, "high": 45, "normal": 130, "low": 210}
BUMP = {"low": "normal", "normal": "high", "high": "high", "critical": "critical"}
ABROAD = re.compile(
    r"\b(abroad|overseas|foreign|holiday|vacation|travel\w*|trip|extranjero|viaj\w+|londres|japón)\b",
    re.IGNORECASE,
)
VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*(?:\|([^}]*))?\}\}")
THANKS = {
    "en": (
        "That worked, thank you!",
        "Great, thanks for the quick answer.",
        "All clear now, thank you.",
        "Thanks!",
    ),
    "es": (
        "¡Funcionó, muchas gracias!",
        "Perfecto, gracias por responder tan rápido.",
        "Todo claro, gracias.",
    ),
}
COMMENTS = {
    "en": {5: "Fast and clear.", 4: "Good answer.", 3: "It took a while.", 2: "I had to ask twice.", 1: "Too slow."},
    "es": {5: "Rápidos y claros.", 4: "Buena respuesta.", 3: "Tardaron un poco.", 2: "Lo expliqué dos veces.",
           1: "Demasiado lentos."},
}  # fmt: skip
Row = dict[str, Any]


@dataclass
class Text:
    """A customer's words, their category and where they come from."""

    label: str
    text: str
    lang: str
    source: Row


@dataclass
class Desk:
    """The people and rules that tickets refer to, and the one source of chance."""

    rng: random.Random
    categories: dict[str, Row]
    macros: dict[str, Row]
    staff: list[Row]
    contacts: list[Row]
    names: dict[str, str] = field(default_factory=dict)

    def requester(self, lang: str, tier: str = "") -> Row:
        known = [c for c in self.contacts if c["locale"] == lang and tier in ("", c["tier"]) and c["product"]]
        return self.rng.choice(known)

    def newcomer(self, lang: str, tier: str, taken: set[str]) -> str:
        """A requester who has none of the open tickets yet."""
        while (email := str(self.requester(lang, tier)["email"])) in taken or email == DEMO_CUSTOMER:
            continue
        return email

    def agent(self, team: str, lang: str) -> Row:
        able = [s for s in self.staff if s["role"] in ("agent", "lead")]
        fit = [s for s in able if team in s["teams"] and lang in s["languages"]]
        return self.rng.choice(fit or [s for s in able if lang in s["languages"]])


def read_lines(path: Path) -> list[Row]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_lines(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def load_desk(seed: int) -> Desk:
    taxonomy = json.loads((DATA / "taxonomy.json").read_text("utf-8"))
    people = json.loads((DATA / "people.json").read_text("utf-8"))
    macros = json.loads((DATA / "macros.json").read_text("utf-8"))["macros"]
    return Desk(
        rng=random.Random(seed),  # noqa: S311  the same seed must give the same desk
        categories={c["key"]: c for c in taxonomy["categories"] if c["parent"]},
        macros={m["category"]: m for m in macros if m["category"]},
        staff=people["staff"],
        contacts=people["contacts"],
        names={p["email"]: p["name"].split()[0] for p in people["staff"] + people["contacts"]},
    )


def wording(text: str) -> str:
    """What a text says, without case, spaces and punctuation."""
    return "".join(re.findall(r"\w+", text.casefold()))


def usable(path: Path) -> list[Text]:
    """The rows that are not held out, nor say the same as a held-out one."""
    rows = read_lines(path)
    held = {wording(row["text"]) for n, row in enumerate(rows) if n % HELD_OUT_EVERY == 0}
    return [
        Text(row["label"], row["text"], "en", {"dataset": "banking77", "row": n})
        for n, row in enumerate(rows)
        if n % HELD_OUT_EVERY and wording(row["text"]) not in held
    ]


def draw(texts: list[Text], total: int, rng: random.Random) -> list[Text]:
    """`total` texts with the labels' own proportions (largest remainder, at least two of each)."""
    by_label: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        by_label[text.label].append(text)
    exact = {label: total * len(found) / len(texts) for label, found in by_label.items()}
    counts = Counter({label: max(2, int(share)) for label, share in exact.items()})
    for label in sorted(exact, key=lambda name: int(exact[name]) - exact[name])[: total - counts.total()]:
        counts[label] += 1
    return [text for label in sorted(by_label) for text in rng.sample(by_label[label], counts[label])]


def subject_of(text: str, longest: int = 60) -> str:
    """A subject as people write one: the first sentence that says something, cut at a word."""
    sentences = re.split(r"(?<=[.?!])\s+", text)
    subject = sentences[0] if len(sentences[0]) >= 15 else " ".join(sentences[:2])
    subject = subject.rstrip(".! ")
    if len(subject) <= longest:
        return subject
    return subject[:longest].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def body_of(desk: Desk, text: str, lang: str, channel: str, first_name: str) -> tuple[str, list[str]]:
    """The text as a message of its channel, and what was changed on it."""
    clean = re.sub(r"\s+", " ", text).strip()
    changes = [] if clean == text else ["whitespace"]
    if desk.rng.random() >= GREETED[channel]:
        return clean, changes
    hello, bye = ("Hola:", "Gracias,") if lang == "es" else ("Hi,", "Thanks,")
    return f"{hello}\n\n{clean}\n\n{bye}\n{first_name}", [*changes, "greeting"]


def reply_of(desk: Desk, label: str, lang: str, requester: str, agent: str) -> str:
    """The macro of the category with its variables filled."""
    values = {
        "ticket.requester.first_name": desk.names[requester],
        "agent.first_name": desk.names[agent],
    }
    body: str = desk.macros[label]["body"][lang]
    return VARIABLE.sub(lambda found: values[found[1]] or found[2], body)


def arrival(rng: random.Random) -> int:
    """Minutes before the nominal Monday at which a ticket comes in."""
    day = rng.choices(range(WEEKS * 7), [WEEKDAYS[n % 7] for n in range(WEEKS * 7)])[0]
    hour = rng.choices(range(24), HOURS)[0]
    return PERIOD - (day * 24 * 60 + hour * 60 + rng.randrange(60))


def answered(rng: random.Random, created: int, priority: str) -> int:
    """Minutes before the nominal Monday at which the reply goes out; at night only the critical ones."""
    at = created - max(2, int(rng.lognormvariate(0, 0.8) * REPLY_AFTER[priority]))
    hour = (PERIOD - at) // 60 % 24
    if priority != "critical" and not 7 <= hour < 21:
        at -= (7 - hour) % 24 * 60 + rng.randrange(60)
    return max(at, 2)


def survey(desk: Desk, lang: str, waited: int) -> Row | None:
    """A third of the customers rate; those who waited long rate lower."""
    if desk.rng.random() > 0.35:
        return None
    slow = waited > 600
    score = desk.rng.choices((5, 4, 3, 2, 1), (30, 30, 20, 12, 8) if slow else (62, 25, 7, 4, 2))[0]
    comment = COMMENTS[lang][score] if desk.rng.random() < 0.3 else None
    return {"score": score, "comment": comment}


def closed_ticket(desk: Desk, text: Text) -> Row:
    """A ticket that was answered by the macro of its category and closed by a person."""
    rng, category = desk.rng, desk.categories[text.label]
    requester = desk.requester(text.lang)
    channel = rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    body, changes = body_of(desk, text.text, text.lang, channel, desk.names[requester["email"]])
    priority = BUMP[category["priority"]] if requester["tier"] == "vip" else category["priority"]
    tags = list(category["tags"])
    if "abroad" not in tags and ABROAD.search(text.text):
        tags.append("abroad")
    agent = desk.agent(category["team"], text.lang)["email"]
    created = max(arrival(rng), 60)
    replied = answered(rng, created, priority)
    reply = reply_of(desk, text.label, text.lang, requester["email"], agent)
    messages = [{"by": "staff", "author": agent, "kind": "reply", "body": reply, "at": replied}]
    last = replied
    if replied > 30 and rng.random() < 0.3:
        last = max(1, replied - rng.randrange(5, 240))
        thanks = rng.choice(THANKS[text.lang])
        messages.append(
            {"by": "contact", "author": requester["email"], "kind": "reply", "body": thanks, "at": last}
        )
    return {
        "lang": text.lang,
        "subject": subject_of(re.sub(r"\s+", " ", text.text).strip()),
        "body": body,
        "channel": channel,
        "requester": requester["email"],
        "assignee": agent,
        "status": "closed",
        "labels": {"category": text.label, "priority": priority, "tags": tags, "team": category["team"]},
        "set_by": {"category": "person", "priority": "person", "tags": "person", "team": "person"},
        "created": created,
        "closed": max(0, last - rng.randrange(1, 180)),
        "messages": messages,
        "csat": survey(desk, text.lang, created - replied),
        "source": {**text.source, "changes": changes},
    }


def closed_tickets(desk: Desk, texts: list[Text], prefix: str) -> list[Row]:
    made = sorted((closed_ticket(desk, text) for text in texts), key=lambda row: -row["created"])
    return [{"id": f"{prefix}-{n:04d}", **row} for n, row in enumerate(made, start=1)]


def open_texts(desk: Desk, unused: list[Text]) -> list[Row]:
    """What the open queue is made of: unused rows of the data set, one a category, and our own texts."""
    forced = [desk.rng.choice([t for t in unused if t.label == label]) for label in OPEN_FORCED]
    rest = [text for text in unused if text.label not in OPEN_FORCED]
    desk.rng.shuffle(rest)
    others = list({text.label: text for text in rest}.values())
    drawn = forced + desk.rng.sample(others, OPEN_ENGLISH - len(forced))
    rows: list[Row] = [{"lang": "en", "label": t.label, "text": t.text, "source": t.source} for t in drawn]
    own = [{**row, "source": {"dataset": "own"}} for row in read_lines(DATA / "texts_open.jsonl")]
    for row in desk.rng.sample(rows, 6):
        row.update(reply=desk.macros[row["label"]]["key"], status="pending")
    mixed = rows + own
    desk.rng.shuffle(mixed)
    return mixed


def open_ticket(desk: Desk, row: Row, created: int, taken: set[str]) -> Row:
    """A ticket of the last two days that nobody has labelled; `truth` is for tests and never loaded."""
    lang, label, wanted = row["lang"], row["label"], row.get("requester", "")
    requester = wanted if "@" in wanted else desk.newcomer(lang, wanted, taken)
    taken.add(requester)
    channel = row.get("channel") or desk.rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    clean = re.sub(r"\s+", " ", row["text"]).strip()
    team = desk.categories[label]["team"] if label else "care"
    agent = desk.agent(team, lang)["email"]
    messages = []
    later = max(1, created - desk.rng.randrange(10, 180))
    if row.get("reply"):
        reply = reply_of(desk, label, lang, requester, agent)
        messages.append({"by": "staff", "author": agent, "kind": "reply", "body": reply, "at": later})
    if row.get("note"):
        messages.append({"by": "staff", "author": agent, "kind": "note", "body": row["note"], "at": later})
    return {
        "lang": lang,
        "subject": row.get("subject") or subject_of(clean),
        "body": clean,
        "channel": channel,
        "requester": requester,
        "assignee": agent if messages else None,
        "status": row.get("status", "open"),
        "created": created,
        "messages": messages,
        "truth": {"category": label},
        "source": row["source"],
    }


def open_tickets(desk: Desk, unused: list[Text]) -> list[Row]:
    rows = open_texts(desk, unused)
    times = sorted((desk.rng.randrange(4, 2 * 24 * 60 - 60) for _ in rows), reverse=True)
    taken: set[str] = set()
    return [
        {"id": f"open-{n:03d}", **open_ticket(desk, row, time, taken)}
        for n, (row, time) in enumerate(zip(rows, times, strict=True), start=1)
    ]


def build(banking77: Path, out: Path = DATA, seed: int = 77) -> dict[str, int]:
    """Writes the three ticket files to `out` and returns how many tickets each holds."""
    desk = load_desk(seed)
    texts = usable(banking77)
    chosen = draw(texts, CLOSED, desk.rng)
    used = {text.source["row"] for text in chosen}
    spanish = [
        Text(row["label"], row["text"], "es", {"dataset": "own"})
        for row in read_lines(DATA / "texts_es.jsonl")
    ]
    files = {
        "tickets_closed.jsonl": closed_tickets(desk, chosen, "en"),
        "tickets_closed_es.jsonl": closed_tickets(desk, spanish, "es"),
        "tickets_open.jsonl": open_tickets(desk, [t for t in texts if t.source["row"] not in used]),
    }
    for name, rows in files.items():
        write_lines(out / name, rows)
    return {name: len(rows) for name, rows in files.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("banking77", type=Path, help="banking77_train.jsonl, 9,997 rows of {text, label}")
    parser.add_argument("--out", type=Path, default=DATA)
    parser.add_argument("--seed", type=int, default=77)
    arguments = parser.parse_args()
    for name, count in build(arguments.banking77, arguments.out, arguments.seed).items():
        print(f"{name}\t{count}")


if __name__ == "__main__":
    main()
