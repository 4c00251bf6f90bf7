"""What crosses from one customer's ticket to another carries nobody's data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.recommend.masking import Lexicon, build_lexicon, is_masked, mask

PLANTED = [
    ("Write to maria.lopez+x@example.co.uk today.", "maria.lopez"),
    ("Call me on +34 612 345 678, please.", "612"),
    ("Call me on (020) 7946 0958.", "7946"),
    ("My IBAN is ES91 2100 0418 4502 0005 1332.", "2100"),
    ("The card 4929-1234-5678-9012 was charged.", "1234"),
    ("See https://evil.example/?who=ana for it.", "evil.example"),
    ("I live at 12 Baker Street in London.", "Baker"),
    ("Vivo en la calle Mayor 14, 3.º B.", "Mayor"),
    ("It was on 12 March 2026.", "March"),
    ("Fue el 3 de abril de 2026.", "abril"),
    ("It cost £1,250.30 in all.", "1,250"),
    ("Me cobraron 89,90 € de más.", "89,90"),
    ("Order REF-88213-XZ is late.", "88213"),
    ("Dear Mr. Okonkwo, we are sorry.", "Okonkwo"),
    ("Hola Begoña:\nhemos anulado el cargo.", "Begoña"),
    ("Hi Jean-Luc,\nyour card is on its way.", "Jean-Luc"),
    ("Kind regards,\nTomás de la Fuente", "Fuente"),
    ("Me llamo Iñaki Zubizarreta y no puedo entrar.", "Zubizarreta"),
    ("My name is Siobhan O'Brien.", "Siobhan"),
    ("My postcode is SW1A 2AA.", "SW1A"),
    ("I am @ana_ruiz_88 on there.", "ana_ruiz"),
]


@pytest.mark.req(76)
@pytest.mark.hard("S-37")
@pytest.mark.parametrize(("text", "planted"), PLANTED)
def test_planted_personal_data_is_masked(text: str, planted: str) -> None:
    hidden = mask(text)
    assert planted not in hidden
    assert is_masked(hidden)


def test_names_of_staff_are_masked_wherever_they_stand() -> None:
    assert mask("as lucía told you, Ask LUCÍA MARTÍN again", names=["Lucía Martín"]) == (
        "as [name] told you, Ask [name] again"
    )


def test_a_capitalised_word_that_the_desk_does_not_write_is_taken_for_a_name() -> None:
    lexicon = build_lexicon(["Your card leaves Banco Faro today. The app shows it."])
    assert mask("Your card leaves Banco Faro, Agnieszka.", lexicon=lexicon) == (
        "Your card leaves Banco Faro, [name]."
    )
    assert mask("Agnieszka has the card.", lexicon=lexicon) == "[name] has the card."
    assert mask("The card leaves today.", lexicon=lexicon) == "The card leaves today."


def test_a_word_of_tickets_enters_the_lexicon_only_with_three_contacts() -> None:
    tickets = [
        ("c1", "we asked Visa, said Priya"),
        ("c2", "it was Visa"),
        ("c3", "the Visa card"),
        ("c1", "so Priya"),
    ]
    lexicon = build_lexicon([], tickets)
    assert "visa" in lexicon.proper
    assert "priya" not in lexicon.proper | lexicon.common


def test_a_first_name_that_many_customers_share_stays_a_name() -> None:
    tickets = [(f"c{i}", f"Hi Maria,\nthe card of Maria works with Visa {i}") for i in range(9)]
    lexicon = build_lexicon([], tickets)
    assert "maria" not in lexicon.proper
    assert mask("We wrote to Maria about the Visa card.", lexicon=lexicon).count("[name]") == 1


def test_words_that_the_desk_opens_sentences_with_are_no_names() -> None:
    lexicon = build_lexicon(
        ["Entiendo la preocupación.\n\nKind regards,\nBanco Faro", "Write the (ARN) down."]
    )
    assert mask("Entiendo la preocupación.", lexicon=lexicon) == "Entiendo la preocupación."
    assert mask("Kind regards,\nTomás", lexicon=lexicon) == "Kind regards,\n[name]"
    assert mask("Write the (ARN) down.", lexicon=lexicon) == "Write the (ARN) down."


def test_ordinary_sentences_stay_as_they_are() -> None:
    for text in (
        "Your new card arrives within 5 working days.",
        "Thanks. Your card is active now.",
        "Gracias por escribirnos. Su tarjeta llega en 24 horas.",
        "Open the app, choose Cards and tap Freeze.",
    ):
        assert mask(text) == text


@given(st.text(max_size=300))
def test_masking_never_fails_and_masking_twice_hides_no_less(text: str) -> None:
    once = mask(text, lexicon=Lexicon())
    assert isinstance(mask(once, lexicon=Lexicon()), str)


@given(
    st.from_regex(r"[a-z]{3,8}@[a-z]{3,8}\.(com|es)", fullmatch=True), st.text(alphabet="ab ,.", max_size=20)
)
def test_an_address_is_hidden_whatever_stands_around_it(address: str, around: str) -> None:
    assert address not in mask(f"{around} {address} {around}")
