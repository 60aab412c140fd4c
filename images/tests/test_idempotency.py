import pytest

from apikeys.models import IdempotentAnswer
from images.models import Result
from images.tests.factories import compress, make_client, make_upload, used
from images.tests.pictures import make_png

GREEN = (0, 255, 0)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return make_client()


def test_a_repeat_gets_the_first_answer_and_costs_nothing(client):
    first = compress(client, quality="80", HTTP_IDEMPOTENCY_KEY="a")
    second = compress(client, quality="80", HTTP_IDEMPOTENCY_KEY="a")
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert (used(client), Result.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("files", "fields"),
    [
        ([make_upload("image.png", make_png(left=GREEN))], {"quality": "80"}),
        ([make_upload("other.png")], {"quality": "80"}),
        ([make_upload(), make_upload()], {"quality": "80"}),
        ([make_upload()], {"quality": "81"}),
        ([make_upload()], {}),
    ],
)
def test_the_same_name_for_another_form_is_refused(client, files, fields):
    compress(client, make_upload(), quality="80", HTTP_IDEMPOTENCY_KEY="a")
    for file in files:
        file.seek(0)
    response = compress(client, *files, **fields, HTTP_IDEMPOTENCY_KEY="a")
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_mismatch")


def test_bytes_are_not_kept_under_the_name_and_a_repeat_is_an_equal_request(client):
    for _ in range(2):
        response = compress(client, HTTP_ACCEPT="image/*", HTTP_IDEMPOTENCY_KEY="a")
        assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert not IdempotentAnswer.objects.exists()
    assert used(client) == 1


def test_a_broken_body_under_a_name_is_refused_and_not_kept(client):
    response = client.post(
        "/api/compress", b"x", content_type="multipart/form-data", headers={"Idempotency-Key": "a"}
    )
    assert response.status_code == 400
    assert not IdempotentAnswer.objects.exists()
