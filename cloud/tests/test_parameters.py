"""What a call carries, in its path and its query."""

import pytest

from api.errors import InvalidFields, MalformedBody
from cloud.parameters import further_pairs, parameters_of, query_pairs
from cloud.route_table import ROUTES

pytestmark = pytest.mark.once


def route(literal: str, method: str = "GET"):
    (found,) = (r for r in ROUTES if (r.method, r.literal) == (method, literal))
    return found


def of(literal: str, query: str = "", **values: str) -> dict[str, str]:
    return parameters_of(route(literal), values, query_pairs(query))


def test_a_parameter_stands_in_the_path_or_in_the_query():
    assert of("/daemon/getblock", hashheight="7") == of("/daemon/getblock", "hashheight=7") == {"hashheight": "7"}
    assert of("/daemon/listfluxnodes", "limit=5&filter=a%20b") == {"limit": "5", "filter": "a b"}


def test_a_name_that_the_route_does_not_have_is_no_parameter():
    pairs = query_pairs("appname=a&x=1&APPNAME=b")
    assert parameters_of(route("/apps/appstart"), {}, pairs) == {"appname": "a"}
    assert further_pairs(route("/apps/appstart"), pairs) == (("x", "1"), ("APPNAME", "b"))


def test_one_value_twice_is_one_and_two_values_are_refused():
    assert of("/apps/appstart", "appname=a", appname="a") == {"appname": "a"}
    for query, values in (("appname=a&appname=b", {}), ("appname=b", {"appname": "a"})):
        with pytest.raises(InvalidFields) as refused:
            of("/apps/appstart", query, **values)
        assert refused.value.errors[0].field == "appname"


@pytest.mark.parametrize(
    "query",
    [
        "a[]=1",
        "a[b]=1",
        "%5B=1",
        "$where=1",
        "a%24=1",
        "__proto__=1",
        "constructor=1",
        "a=%00",
        "a%00=1",
        "a=%1b",
        "a%0a=1",
        "a=%ff",
        "&".join(f"a{number}=1" for number in range(51)),
    ],
)
def test_names_and_values_that_a_node_would_read_as_something_else_are_refused(query):
    with pytest.raises(MalformedBody):
        query_pairs(query)


def test_a_query_is_decoded_once():
    assert query_pairs("a=%2541&b=1;c=2&d&e=a+b") == (("a", "%41"), ("b", "1;c=2"), ("d", ""), ("e", "a b"))
    assert query_pairs("") == ()


@pytest.mark.parametrize(
    "value",
    [
        *("..", "../x", "a/../b", "a/..", "%2e%2e/x", "%2E%2e%2fx", "%252e%252e%252fx", "a\\b", "a%5cb", "%00"),
        *("a%00b", "\x01", "a\nb", "%25252525252e"),
    ],
)
@pytest.mark.parametrize(
    ("literal", "name"),
    [
        ("/apps/fluxshare/getfile", "file"),
        ("/backup/removebackupfile", "filepath"),
        ("/daemon/backupwallet", "destination"),
    ],
)
def test_a_file_outside_its_folder_is_refused_in_any_encoding(literal, name, value):
    with pytest.raises(InvalidFields) as refused:
        of(literal, **{name: value})
    assert refused.value.errors[0].field == name


@pytest.mark.parametrize("value", ["a.b", "..a", "a..", "/var/a/b.tar.gz", "100%", "a b", "ü", "a%20b"])
def test_a_usual_file_name_is_let_through(value):
    assert of("/apps/fluxshare/getfile", file=value) == {"file": value}


def test_a_message_to_sign_is_any_text_without_control_characters():
    for value in ("../..", "a\\b", "line\nline", "%00", "100%"):
        assert of("/daemon/signmessage", taddr="t1", message=value)["message"] == value
    for value in ("\0", "a\x1b[31m", "\x7f"):
        with pytest.raises(InvalidFields):
            of("/daemon/signmessage", message=value)
