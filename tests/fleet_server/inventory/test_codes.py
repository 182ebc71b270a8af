"""Asset codes: one check character, read back from whatever a person types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_server.inventory import codes

BODIES = st.text(codes.ALPHABET, min_size=1, max_size=16)
PREFIXES = st.text(codes.ALPHABET, min_size=1, max_size=6)


@given(PREFIXES, BODIES)
def test_a_code_reads_back_as_itself(prefix: str, body: str) -> None:
    code = codes.with_check(prefix, body)
    assert codes.parse(code) == code
    assert len(code) <= codes.MAX_LENGTH


@given(PREFIXES, BODIES, st.data())
def test_any_one_wrong_character_is_found(prefix: str, body: str, data: st.DataObject) -> None:
    code = codes.with_check(prefix, body)
    places = [place for place, letter in enumerate(code) if letter != "-"]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([letter for letter in codes.ALPHABET if letter != code[place]]))
    with pytest.raises(codes.MalformedCode):
        codes.parse(code[:place] + other + code[place + 1 :])


def test_the_check_character_is_that_of_the_hybrid_scheme() -> None:
    """Worked by hand: P=32; (32+1)%32=1, 2; (2+2)%32=4, 8; the check character c makes (8+c)%32 = 1."""
    assert codes.check_character("12") == codes.ALPHABET[25]


@pytest.mark.parametrize(
    "typed",
    [
        "cf-0123abc{}",
        "CF－O123ABC{}",
        " cf 0l23abc{} ",
        "ＣＦ－Ｏ１２３ＡＢＣ{}",
        "СF-0I23АВС{}",
        "CF-0123-ABC{}",
        "CF–0123abc{}",
    ],
)
def test_case_width_and_look_alikes_read_the_same(typed: str) -> None:
    code = codes.with_check("CF", "0123ABC")
    text = typed.format(code[-1])
    if "-" not in codes.fold(text):
        text = text.replace(" 0", "-0")
    assert codes.parse(text) == code


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_a_clear_error(text: str) -> None:
    try:
        parsed = codes.parse(text)
    except codes.MalformedCode:
        return
    assert codes.parse(parsed) == parsed


def test_fresh_codes_are_valid_and_differ() -> None:
    fresh = {codes.new_code("3D") for _ in range(500)}
    assert len(fresh) == 500
    assert all(codes.parse(code) == code for code in fresh)
