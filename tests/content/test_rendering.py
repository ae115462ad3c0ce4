"""Templates say what they are given, and reach nothing else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.rendering import LONGEST_OUTPUT, BadData, BadTemplate, Text, babel_locale, checked

ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ x.__class__.__mro__ }}",
    "{{ x['__class__'] }}{{ x() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self }}",
    "{% for a in x %}{{ loop }}{% endfor %}",
    "{{ x['_a'] }}",
    "{{ x[y] }}",
    "{{ x|attr('__class__') }}",
    "{{ x|map('upper') }}",
    "{{ x|format(1) }}",
    "{{ '%s'|format(x) }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ namespace() }}",
    "{{ joiner() }}",
    "{{ range(99999999) }}",
    "{{ dict(a=1) }}",
    "{{ x * 99999999 }}",
    "{{ 'a' * 99999999 }}",
    "{{ 9 ** 99999 }}",
    "{{ x ~ x }}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{{ x[1:2] }}",
    "{{ x|center(99999999) }}",
    "{{ x|indent(99999999) }}",
    "{{ x|replace('a', 'b') }}",
    "{{ x|tojson }}",
    "{{ x|pprint }}",
    "{{ x|safe }}",
    "{{ x|filesizeformat }}",
    "{{ x is callable }}",
    "{% for a in range(9) %}{% endfor %}",
    "{% for a, b in x %}{% endfor %}",
    "{% for a in x recursive %}{{ loop(a) }}{% endfor %}",
    "{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in x %}{% endfor %}" * 21,
    "{% set a = 1 %}",
    "{% macro a() %}{% endmacro %}",
    "{% call a() %}{% endcall %}",
    "{% filter upper %}{% endfilter %}",
    "{% include 'settings.py' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import popen %}",
    "{% extends 'base' %}",
    "{% block a %}{% endblock %}",
    "{% autoescape false %}{{ x }}{% endautoescape %}",
    "{% with a = 1 %}{% endwith %}",
    "{% raw %}{{ x }}",
    "{{ x",
    "{% if %}",
    "(" * 500 + "{{ " + "(" * 2000,
    "x" * 200_000,
]
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text("abx_", min_size=1, max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)
SOURCES = [
    "{{ x }}", "{{ x.a }}", "{{ x.items }}", "{{ x.keys }}", "{{ x[0] }}", "{{ x.a.b | default('none') }}",
    "{% for each in x %}{{ each }}{% endfor %}", "{% if x %}yes{% else %}no{% endif %}", "{{ x | upper }}",
    "{{ x | join(', ') }}", "{{ x | length }}", "{{ x | first }}", "{{ x | money('EUR') }}", "{{ x | date }}",
    "{{ x | number }}", "{{ x | datetime }}", "{% for a in x %}{% for b in a %}{{ b }}{% endfor %}{% endfor %}",
]  # fmt: skip


@pytest.mark.parametrize("source", ESCAPES)
def test_what_reaches_beyond_the_data_is_no_template(source):
    with pytest.raises(BadTemplate):
        checked(source)


@pytest.mark.parametrize("source", SOURCES)
def test_these_are_templates(source):
    checked(source)


@given(st.sampled_from(SOURCES), DATA, st.booleans())
def test_no_data_makes_anything_but_a_text_or_an_error_that_names_it(source, data, is_html):
    try:
        written = Text(source, is_html).rendered({"x": data}, "de")
    except BadData as wrong:
        written = f"{wrong.name}: {wrong}"
    assert "object at 0x" not in written
    assert "built-in" not in written
    assert 0 <= len(written) <= LONGEST_OUTPUT


@given(st.text(max_size=50))
def test_data_never_becomes_markup(text):
    written = Text('<p title="{{ x }}">{{ x }}</p>', is_html=True).rendered({"x": text}, "en")
    assert written.count("<") == 2
    assert written.count('"') == 2


def test_a_long_output_and_a_long_list_end_at_once():
    begun = time.process_time()
    with pytest.raises(BadData, match="more than"):
        Text("{% for a in x %}{% for b in x %}{{ y }}{% endfor %}{% endfor %}").rendered(
            {"x": ["a"] * 100, "y": "z" * 60_000}, "en"
        )
    with pytest.raises(BadData):
        Text("{% for a in x %}{% endfor %}").rendered({"x": ["a"] * 101}, "en")
    with pytest.raises(BadData):
        Text("{% for a in x %}{% for b in x %}{% endfor %}{% endfor %}").rendered({"x": "a" * 60_000}, "en")
    assert time.process_time() - begun < 2


def test_what_is_missing_is_named_as_the_template_names_it():
    with pytest.raises(BadData) as missing:
        Text("Hello {{ customer.firstName }}").rendered({"customer": {}}, "en")
    assert missing.value.name == "customer.firstName"
    assert Text("{{ customer.firstName | default('you') }}").rendered({"customer": {}}, "en") == "you"
    assert Text("{% for item in items %}{{ item.name }}{% endfor %}{{ a.b }}").variables() == {"items", "a.b"}


def test_dates_money_and_numbers_are_written_as_in_the_language():
    data = {"day": "2026-12-24", "at": "2026-12-24T09:30:00Z", "price": 1234.5}
    source = "{{ day | date }} {{ at | time }} {{ price | money('EUR') }} {{ price | number }}"

    german = Text(source).rendered(data, "de").replace("\xa0", " ")
    assert german == "24. Dezember 2026 09:30 1.234,50 € 1.234,5"
    assert "December 24, 2026" in Text(source).rendered(data, "en-US")
    assert str(babel_locale("fr-CA-x-ours")) == "fr_CA"
    assert str(babel_locale("tlh-x")) == "en"
