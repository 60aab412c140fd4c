"""What the form says is what the engine is told."""

import pytest

from images import services, workers
from images.codecs import Options, Watermark
from images.tests.factories import compress, make_client, make_upload
from images.tests.pictures import convert, make_png

pytestmark = pytest.mark.django_db

MARK = make_png(8, 8)


@pytest.fixture
def told(monkeypatch):
    """Return the options that the engine was given, newest last."""
    options = []

    def encode(data, given):
        options.append(given)
        return workers.encode_isolated(data, given)

    monkeypatch.setattr(services, "encode_isolated", encode)
    return options


@pytest.fixture
def client():
    return make_client()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Options(format="webp")),
        ({"format": "jpeg"}, Options(format="jpg")),
        ({"format": "original"}, Options(format="original")),
        ({"format": "png", "lossy": "true"}, Options(format="png", lossy=True)),
        ({"targetSsim": "0.985"}, Options(format="webp", target_ssim=0.985)),
        ({"targetBytes": "20000"}, Options(format="webp", target_bytes=20_000)),
        ({"metadata": "copyright"}, Options(format="webp", metadata="copyright")),
        ({"metadata": "all", "quality": "40"}, Options(format="webp", metadata="all", quality=40)),
        ({"keepSmallest": "false", "maxWidth": "9"}, Options(format="webp", keep_smallest=False, max_width=9)),
        ({"watermarkScale": "50"}, Options(format="webp")),
    ],
)
def test_each_field_reaches_the_engine(client, told, fields, expected):
    assert compress(client, **fields).status_code == 200
    assert told == [expected]


def test_a_watermark_reaches_the_engine_with_its_place(client, told):
    form = {"watermarkScale": "5", "watermarkOpacity": "0", "watermarkPosition": "TL"}
    compress(client, watermarkFile=make_upload("mark.png", MARK), **form)
    compress(client, watermarkFile=make_upload("mark.png", MARK))
    assert [options.watermark for options in told] == [Watermark(MARK, 5, 0, "TL"), Watermark(MARK, 20, 100, "BR")]


@pytest.mark.parametrize(
    ("accept", "formats"),
    [
        (None, ("webp", "avif")),
        ("*/*", ("webp", "avif")),
        ("image/*", ("webp", "avif")),
        ("application/json, image/gif", ("webp", "avif")),
        ("application/json, image/jpeg;q=0.1", ("jpg",)),
        ("application/json, image/avif, image/webp;q=0", ("avif",)),
        ("application/json, IMAGE/PNG, image/webp, */*", ("webp", "png")),
    ],
)
def test_auto_chooses_from_the_formats_that_accept_names(client, told, accept, formats):
    headers = {} if accept is None else {"HTTP_ACCEPT": accept}
    assert compress(client, format="auto", **headers).status_code == 200
    assert told == [Options(format="original", candidates=formats)]


def test_auto_answers_the_format_that_it_chose(client):
    picture = make_upload("a.gif", convert(make_png(), "gif"))
    (result,) = compress(client, picture, format="auto", HTTP_ACCEPT="application/json, image/png").json()[
        "results"
    ]
    assert (result["format"], result["name"], result["quality"]) == ("png", "a.png", 100)


@pytest.mark.parametrize(("kind", "shown"), [("jpeg", "jpg"), ("webp", "webp"), ("avif", "avif"), ("gif", "webp")])
def test_original_answers_the_format_of_the_input(client, kind, shown):
    picture = make_upload("a", convert(make_png(), kind))
    (result,) = compress(client, picture, format="original").json()["results"]
    assert (result["format"], result["name"]) == (shown, f"a.{shown}")


@pytest.mark.parametrize(
    ("format_", "accept", "is_image"),
    [
        ("original", "image/*", True),
        ("original", "image/png", False),
        ("auto", "image/*", True),
        ("auto", "image/png", True),
        ("auto", "image/avif, image/webp, image/*;q=0.8, */*;q=0.5", True),
        ("auto", "application/json, image/avif, image/webp", False),
    ],
)
def test_bytes_are_answered_when_every_format_that_may_come_is_preferred(client, format_, accept, is_image):
    response = compress(client, format=format_, HTTP_ACCEPT=accept)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("image/") is is_image


def test_only_who_asks_for_a_target_is_told_whether_it_was_met(client):
    (plain,) = compress(client).json()["results"]
    (aimed,) = compress(client, targetBytes="100000").json()["results"]
    assert "meetsTarget" not in plain
    assert aimed["meetsTarget"] is True
