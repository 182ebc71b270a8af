"""Forms keep what was typed and say what is wrong in both places."""

from fleet_server.web.forms import Form
from fleet_server.web.page import environment

FIELD = """{% from "forms.html" import summary, field %}{{ summary(form, "Wrong") }}
{{ field(form, "name", "Name", hint="As on the label") }}{{ field(form, "secret", "Secret", type="password") }}"""


def shown(form: Form) -> str:
    return environment("en").from_string(FIELD).render(form=form)


def test_an_empty_required_field_fails_with_its_text() -> None:
    form = Form({"name": "  "})
    assert form.required("name", "Enter a name") == ""
    assert form.errors == {"name": "Enter a name"}
    assert not form.ok


def test_the_first_thing_wrong_with_a_field_is_the_one_that_is_said() -> None:
    form = Form()
    form.fail("name", "first")
    form.fail("name", "second")
    assert form.errors == {"name": "first"}


def test_the_summary_links_to_the_field_and_the_field_says_the_same_words() -> None:
    form = Form({"name": 'a"><b>'})
    form.fail("name", "Too odd")
    page = shown(form)
    assert '<a href="#f-name">Too odd</a>' in page
    assert '<p class="msg" id="e-name">Too odd</p>' in page
    assert 'aria-describedby="h-name e-name"' in page
    assert 'value="a&#34;&gt;&lt;b&gt;"' in page


def test_a_password_is_never_sent_back() -> None:
    assert "hunter2" not in shown(Form({"secret": "hunter2"}))


def test_a_form_without_errors_has_no_summary() -> None:
    assert "alert" not in shown(Form())
