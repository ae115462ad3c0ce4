"""Which paths a route template matches, and what its parameters then are."""

import pytest

from local.host.http.route_templates import read_template


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("orders/{id}", "Orders/7", {"id": "7"}),
        ("orders/{id?}", "orders", {}),
        ("orders/{id=7}", "orders", {"id": "7"}),
        ("orders/{id:int=7}", "orders/8", {"id": "8"}),
        ("{from}-{to}/x", "a-b/x", {"from": "a", "to": "b"}),
        ("files/{*path}", "files/a/b", {"path": "a/b"}),
        ("files/{**path}", "files", {}),
        ("{a:int:min(5)}/{b:alpha}", "5/Ab", {"a": "5", "b": "Ab"}),
        (r"{year:regex(^\d{{4}}$)}/{month:range(1,12)}", "2026/12", {"year": "2026", "month": "12"}),
    ],
)
def test_a_path_gives_the_parameters_of_the_template(template, path, values):
    assert read_template(template).values(path) == values


@pytest.mark.parametrize(
    ("constraint", "taken", "refused"),
    [
        ("int", ["0", "-7", "2147483647"], ["x", "1.5", "2147483648", "٣"]),
        ("long", ["9223372036854775807"], ["9223372036854775808"]),
        ("bool", ["true", "False"], ["1", "yes"]),
        ("guid", ["6f9619ff-8b86-d011-b42d-00cf4fc964ff", "6F9619FF8B86D011B42D00CF4FC964FF"], ["6f9619ff-8b86"]),
        ("alpha", ["abc"], ["a1", "é"]),
        ("datetime", ["2026-01-31", "2026-01-31T10:00"], ["2026-02-31", "x"]),
        ("decimal", ["1", "-1.5"], ["x"]),
        ("double", ["1e3"], ["x"]),
        ("float", ["1.5"], ["x"]),
        ("length(3)", ["abc"], ["ab", "abcd"]),
        ("length(2,3)", ["ab", "abc"], ["a", "abcd"]),
        ("minlength(2)", ["ab"], ["a"]),
        ("maxlength(2)", ["ab"], ["abc"]),
        ("min(5)", ["5"], ["4", "x"]),
        ("max(5)", ["-6", "5"], ["6"]),
        ("range(1,5)", ["1", "5"], ["0", "6"]),
        ("regex(^a+$)", ["aa", "A"], ["ab"]),
        ("required", ["x"], []),
    ],
)
def test_a_constraint_takes_what_it_says(constraint, taken, refused):
    template = read_template(f"x/{{value:{constraint}}}")

    assert [value for value in [*taken, *refused] if template.values(f"x/{value}") is not None] == taken
