import uuid

import pytest

from apikeys.tests.factories import client_for
from audit.models import AuditEvent
from images.codecs import sniff
from images.models import Result
from images.tests.factories import compress, make_client, make_image_key, make_upload, used
from images.tests.pictures import convert, make_noise_png, make_png, png_from_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return make_client()


def test_one_image_is_answered_with_everything_that_the_document_names(client):
    jpeg = convert(make_noise_png(60, 40), "jpeg")
    response = compress(client, make_upload("image.jpg", jpeg), format="webp", quality="82", sessionId="trip-1")
    assert response.status_code == 200
    body = response.json()
    (result,) = body["results"]
    link, ends = result.pop("downloadUrl"), result.pop("expiresAt")
    size = result.pop("compressedSize")
    assert 0 < size < len(jpeg)
    assert link.startswith("http")
    assert ends.endswith("Z")
    assert result == {
        "name": "image.webp",
        "sourceName": "image.jpg",
        "status": "done",
        "format": "webp",
        "quality": 82,
        "width": 60,
        "height": 40,
        "originalSize": len(jpeg),
        "savedPercent": round((1 - size / len(jpeg)) * 100, 2),
        "alreadyOptimal": False,
    }
    assert body["sessionId"] == "trip-1"
    assert body["totals"] == {
        "files": 1,
        "done": 1,
        "failed": 0,
        "originalSize": len(jpeg),
        "compressedSize": size,
    }


def test_a_file_alone_becomes_webp_of_quality_82_in_a_session_of_its_own(client):
    first, second = compress(client).json(), compress(client).json()
    assert (first["results"][0]["format"], first["results"][0]["quality"]) == ("webp", 82)
    assert uuid.UUID(first["sessionId"]) != uuid.UUID(second["sessionId"])


@pytest.mark.parametrize(
    ("sent", "shown", "kind"),
    [("webp", "webp", "webp"), ("avif", "avif", "avif"), ("jpg", "jpg", "jpeg"), ("jpeg", "jpg", "jpeg")],
)
def test_each_format_is_written(client, sent, shown, kind):
    (result,) = compress(client, format=sent).json()["results"]
    assert (result["format"], result["name"]) == (shown, f"image.{shown}")
    fetched = b"".join(client.get(result["downloadUrl"]).streaming_content)
    assert sniff(fetched) == kind


def test_an_image_is_shrunk_to_fit_inside_both_sides(client):
    (result,) = compress(client, maxWidth="20", maxHeight="5").json()["results"]
    assert (result["width"], result["height"]) == (10, 5)


def test_the_input_is_returned_when_it_cannot_be_made_smaller(client):
    smallest = compress(client, format="png", HTTP_ACCEPT="image/*").content
    (kept,) = compress(client, make_upload("a.png", smallest), format="png").json()["results"]
    assert (kept["alreadyOptimal"], kept["compressedSize"], kept["savedPercent"]) == (True, len(smallest), 0.0)


def test_who_does_not_want_the_smallest_may_get_more_than_was_sent(client):
    rough = compress(client, make_upload("a.png", make_noise_png(60, 40)), format="jpg", quality="40")
    picture = client.get(rough.json()["results"][0]["downloadUrl"]).getvalue()
    grown = compress(client, make_upload("a.jpg", picture), format="jpg", quality="100", keepSmallest="false")
    (result,) = grown.json()["results"]
    assert result["alreadyOptimal"] is False
    assert result["savedPercent"] < 0


def test_one_bad_file_fails_alone(client):
    broken = make_png()[:-30]
    response = compress(client, make_upload("a.png"), make_upload("b.png", broken), make_upload("c.txt", b"text"))
    assert response.status_code == 200
    body = response.json()
    assert [result["status"] for result in body["results"]] == ["done", "failed", "failed"]
    assert body["results"][1] == {
        "sourceName": "b.png",
        "status": "failed",
        "error": {"code": "corrupt_image", "message": "The image is damaged or incomplete."},
    }
    assert body["results"][2]["error"]["code"] == "unsupported_format"
    assert (body["totals"]["files"], body["totals"]["done"], body["totals"]["failed"]) == (3, 1, 2)
    assert body["totals"]["originalSize"] == body["results"][0]["originalSize"]


def test_the_status_is_422_when_all_fail_and_nothing_is_charged_or_kept(client):
    response = compress(client, make_upload("a.png", make_png()[:-30]), make_upload("b.svg", b"<svg/>"))
    assert response.status_code == 422
    assert [result["status"] for result in response.json()["results"]] == ["failed", "failed"]
    assert used(client) == 0
    assert not Result.objects.exists()


def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(client):
    bomb = png_from_rows(60_000, 60_000, b"\x00")
    response = compress(client, make_upload("bomb.png", bomb))
    assert response.status_code == 422
    assert response.json()["results"][0]["error"]["code"] == "too_many_pixels"


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"GIF8"])
def test_the_type_is_found_from_the_bytes_never_from_the_name(client, data):
    response = compress(client, make_upload("photo.png", data))
    assert response.json()["results"][0]["error"]["code"] == "unsupported_format"


@pytest.mark.parametrize(
    ("accept", "is_image"),
    [
        ("image/*", True),
        ("image/webp", True),
        ("image/webp, */*;q=0.8", True),
        ("image/png", False),
        ("application/json", False),
        ("application/json, image/*;q=0.5", False),
        ("*/*", False),
        ("text/html", False),
    ],
)
def test_the_accept_header_chooses_between_bytes_and_json(client, accept, is_image):
    response = compress(client, HTTP_ACCEPT=accept)
    assert response["Content-Type"] == ("image/webp" if is_image else "application/json")


def test_bytes_come_with_their_sizes_and_a_safe_name(client):
    response = compress(client, make_upload('ré"sumé\n.png', make_png()), HTTP_ACCEPT="image/*")
    assert response.status_code == 200
    assert sniff(response.content) == "webp"
    assert response["X-Original-Size"] == str(len(make_png()))
    assert response["X-Compressed-Size"] == str(len(response.content))
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert "\n" not in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "X-RateLimit-Remaining" in response
    assert used(client) == 1


def test_a_bad_file_is_answered_in_json_whatever_accept_says(client):
    response = compress(client, make_upload("a.png", b"no image"), HTTP_ACCEPT="image/*")
    assert (response.status_code, response["Content-Type"]) == (422, "application/json")


def test_several_files_are_answered_in_json_whatever_accept_says(client):
    response = compress(client, make_upload("a.png"), make_upload("b.png"), HTTP_ACCEPT="image/*")
    assert len(response.json()["results"]) == 2


def test_a_larger_file_is_read_from_a_temporary_file(client):
    picture = make_noise_png(1000, 1000)
    assert len(picture) > 2_621_440
    (result,) = compress(client, make_upload("noise.png", picture), format="jpg", maxWidth="50").json()["results"]
    assert (result["status"], result["originalSize"]) == ("done", len(picture))


def test_every_image_leaves_a_trail_without_its_name():
    issued = make_image_key()
    compress(client_for(issued.secret), make_upload("secret-plan.png"))
    event = AuditEvent.objects.get(action="image.compressed")
    assert event.actor == f"key:{issued.key.pk}"
    assert event.account_id == issued.key.account_id
    assert "secret-plan" not in str(event.data)


def test_a_request_asks_the_database_equally_often_for_each_further_file(client, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(files: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert compress(client, *(make_upload(f"{n} of {files}.png") for n in range(files))).status_code == 200
        return len(queries)

    count(1)
    two, three, seven = count(2), count(3), count(7)
    assert seven - three == 4 * (three - two)
