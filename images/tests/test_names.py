import pytest

from images.names import MAX_NAME_BYTES, result_name, safe_name, told_apart
from images.tests.factories import COMPRESS, make_client
from images.tests.pictures import make_png


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.png", "a.png"),
        ("a\u202egnp.exe", "agnp.exe"),
        ('q";x=%0d.png', "q__x=_0d.png"),
        ("...", "image"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
    ],
)
@pytest.mark.django_db
def test_names_are_made_safe(sent, shown):
    client = make_client()
    part = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{sent.replace(chr(34), "%22")}"\r\n\r\n'
    body = part.replace("%22", "\\" + chr(34)).encode() + make_png() + b"\r\n--b--\r\n"
    response = client.post(COMPRESS, body, content_type="multipart/form-data; boundary=b")
    (result,) = response.json()["results"]
    assert result["sourceName"] == shown
    assert "/" not in result["name"]


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("photo.jpeg", "photo.webp"),
        ("photo", "photo.webp"),
        ("a.php.png", "a_php.webp"),
        ("2026.11.27.png", "2026_11_27.webp"),
        ("photo .png", "photo.webp"),
    ],
)
def test_a_result_has_one_dot_since_some_servers_run_what_has_php_within(source, result):
    assert result_name(source, "webp") == result


def test_a_long_name_is_cut_by_bytes_since_file_systems_count_them():
    name = safe_name("\U0001f600" * 300 + ".png")
    assert name.endswith("\U0001f600.png")
    assert len(name.encode()) <= MAX_NAME_BYTES


def test_a_name_that_is_not_text_is_made_text():
    assert safe_name("a\ud800\x00b.png") == "ab.png"


def test_equal_names_are_told_apart_whatever_their_case():
    assert list(told_apart(["a.webp", "A.webp", "a-2.webp", "a.webp", "b.png"])) == [
        "a.webp",
        "A-2.webp",
        "a-2-2.webp",
        "a-3.webp",
        "b.png",
    ]


def test_thousands_of_equal_names_are_told_apart_in_no_time():
    assert len(set(told_apart(["a.webp"] * 50_000))) == 50_000
