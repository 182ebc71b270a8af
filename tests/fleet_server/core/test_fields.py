"""Field types take what every database can hold and refuse the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from fleet_server.core.fields import Code, Day, Line, Moment, Prose, Remark


class Form(BaseModel):
    line: Line = "x"
    remark: Remark = ""
    prose: Prose = ""
    code: Code = "x"
    moment: Moment | None = None
    day: Day | None = None


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\nb", "a\u2028b", "\x7f", "", "  ", "x" * 201])
def test_a_line_refuses_what_is_no_line(text: str) -> None:
    with pytest.raises(ValidationError):
        Form(line=text)


@pytest.mark.parametrize("text", ["同器 3D", "O’Brien", "😀", "  trimmed  "])
def test_a_line_takes_text_of_any_language(text: str) -> None:
    assert Form(line=text).line == text.strip()


def test_prose_keeps_its_line_breaks() -> None:
    assert Form(prose="a\nb\tc").prose == "a\nb\tc"


@given(text=st.text(st.characters(), max_size=64))
def test_whatever_passes_as_code_is_plain_ascii(text: str) -> None:
    try:
        code = Form(code=text).code
    except ValidationError:
        return
    assert code.isascii()
    assert code.isprintable()
    assert " " not in code


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-20T08:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1e999",
        1e300,
        "2100-01-01T00:00:00Z",
    ],
)
def test_a_moment_carries_its_offset_and_lies_in_our_century(moment: object) -> None:
    with pytest.raises(ValidationError):
        Form.model_validate({"moment": moment})


@pytest.mark.parametrize("day", ["0001-01-01", "2100-01-01", "2026-02-30"])
def test_a_day_lies_in_our_century(day: str) -> None:
    with pytest.raises(ValidationError):
        Form.model_validate({"day": day})
