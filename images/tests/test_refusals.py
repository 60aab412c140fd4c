import pytest
from rest_framework.test import APIClient

from images import uploads
from images.codecs import Options, Watermark
from images.services import require_plan
from images.tests.factories import (
    COMPRESS,
    USAGE,
    compress,
    make_client,
    make_upload,
    refusal,
    sentence,
    used,
)
from images.tests.pictures import make_png
from plans.catalogue import FLUXIMAGE
from plans.errors import PlanRequired

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return make_client()


@pytest.mark.parametrize("path", [COMPRESS, USAGE])
@pytest.mark.parametrize("header", [{}, {"HTTP_AUTHORIZATION": "Bearer flx_live_" + "0" * 40}])
def test_without_a_valid_key_the_body_is_exactly_unauthorized(path, header):
    method = APIClient().post if path == COMPRESS else APIClient().get
    response = method(path, **header)
    assert (response.status_code, response.content) == (401, b'{"error":"Unauthorized"}')


@pytest.mark.parametrize("path", [COMPRESS, USAGE])
def test_the_plan_free_has_no_api(path):
    client = make_client(plan="free")
    response = compress(client) if path == COMPRESS else client.get(path)
    assert refusal(response) == (403, "plan_required")


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [({"Images": ["View"]}, ()), ({"Usage": ["View"]}, (USAGE,)), ({"Images": ["Edit"]}, (COMPRESS,))],
)
def test_a_key_does_what_its_permissions_name(scopes, allowed):
    client = make_client(scopes=scopes)
    for path, response in ((COMPRESS, compress(client)), (USAGE, client.get(USAGE))):
        if path in allowed:
            assert response.status_code == 200
        else:
            assert refusal(response) == (403, "missing_permission")


@pytest.mark.parametrize("plan", ["starter", "pro"])
def test_more_than_one_file_needs_the_plan_agency(plan):
    client = make_client(plan=plan)
    response = compress(client, make_upload("a.png"), make_upload("b.png"))
    assert refusal(response) == (403, "plan_required")
    assert "Agency" in response.json()["error"]
    assert used(client) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"quality": "39"},
        {"quality": "101"},
        {"quality": "82.0"},
        {"quality": " 82"},
        {"quality": "８２"},
        {"quality": "8_2"},
        {"quality": ""},
        {"maxWidth": "0"},
        {"maxHeight": "-1"},
        {"maxWidth": "100001"},
        {"maxHeight": "1e3"},
        {"format": "gif"},
        {"format": "WEBP"},
        {"format": ""},
        {"sessionId": ""},
        {"sessionId": "a b"},
        {"sessionId": "x" * 65},
        {"sessionId": "trip\n"},
        {"keepSmallest": "1"},
        {"keepSmallest": ""},
        {"lossy": "1"},
        {"metadata": "some"},
        {"targetSsim": "0.5"},
        {"targetSsim": "1.0"},
        {"targetSsim": "1"},
        {"targetSsim": "nan"},
        {"targetSsim": "9e-1"},
        {"targetBytes": "0"},
        {"targetBytes": "1.5"},
        {"watermarkFile": "text, not a file"},
        {"watermarkScale": "4"},
        {"watermarkScale": "51"},
        {"watermarkOpacity": "-1"},
        {"watermarkOpacity": "101"},
        {"watermarkPosition": "br"},
        {"async": "true"},
        {"qualty": "80"},
        {"file2": "x"},
    ],
)
def test_a_wrong_field_is_named(client, fields):
    (name,) = fields
    assert sentence(compress(client, **fields)).startswith(f"{name}: ")
    assert used(client) == 0


def test_jxl_is_refused_with_its_reason(client):
    assert sentence(compress(client, format="jxl")) == (
        "format: jxl is not offered: the image library here has no JPEG XL encoder"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [("quality", "targetSsim"), ("quality", "targetBytes"), ("targetSsim", "targetBytes")],
)
def test_a_target_stands_alone(client, first, second):
    values = {"quality": "82", "targetSsim": "0.98", "targetBytes": "1000"}
    said = sentence(compress(client, **{name: values[name] for name in (first, second)}))
    assert said == f"{second}: cannot be combined with {first}"


@pytest.mark.parametrize("data", [b"", b"text", b"GIF89a", b"\xff\xd8\xff"])
def test_a_watermark_that_is_no_png_is_refused(client, data):
    said = sentence(compress(client, watermarkFile=make_upload("mark.png", data)))
    assert said == "watermarkFile: must be a PNG image"


def test_a_watermark_needs_a_paid_plan():
    options = Options(format="webp", watermark=Watermark(b""))
    for plan in ("starter", "pro", "agency"):
        require_plan(FLUXIMAGE.plan(plan), file_count=1, options=options)
    with pytest.raises(PlanRequired) as refused:
        require_plan(FLUXIMAGE.plan("free"), file_count=1, options=options)
    assert refused.value.status == 403


def test_a_watermark_comes_beside_twenty_files(client):
    texts = [make_upload(f"{n}.txt", b"text") for n in range(20)]
    assert compress(client, *texts, watermarkFile=make_upload("mark.png")).status_code == 422


@pytest.mark.parametrize("value", ["", "1", "TRUE", "yes"])
def test_async_in_the_url_is_true_or_false(client, value):
    assert sentence(compress(client, query=f"?async={value}")) == "async: must be true or false"


def test_all_faults_come_in_one_answer(client):
    said = sentence(compress(client, quality="7", maxWidth="x", unknown="1", targetBytes="0"))
    for name in ("quality", "maxWidth", "unknown", "targetBytes"):
        assert f"{name}: " in said


def test_a_field_that_is_sent_twice_is_refused(client):
    response = client.post(COMPRESS, {"file": make_upload(), "quality": ["80", "90"]}, format="multipart")
    assert sentence(response) == "quality: was sent more than once"


@pytest.mark.parametrize("form", [{}, {"file": "text, not a file"}, {"quality": "80"}])
def test_a_form_without_a_file_is_refused(client, form):
    assert "file" in sentence(client.post(COMPRESS, form, format="multipart"))


def test_a_file_under_the_name_of_a_field_is_refused(client):
    assert sentence(compress(client, quality=make_upload())).startswith("quality: ")


@pytest.mark.parametrize(
    "content_type", ["application/json", "image/png", "application/x-www-form-urlencoded", ""]
)
@pytest.mark.parametrize("body", [b"", b"{}"])
def test_another_content_type_is_refused(client, content_type, body):
    response = client.generic("POST", COMPRESS, body, content_type=content_type)
    assert refusal(response) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é"]
)
def test_a_body_without_a_boundary_is_refused(client, content_type):
    response = client.generic("POST", COMPRESS, b"x", content_type=content_type)
    assert refusal(response) == (400, "malformed_body")


@pytest.mark.parametrize(
    "disposition", ["filename*=nosuch''a", "filename*=hex''a", "filename*=unicode_escape''%5Cud800"]
)
def test_a_name_in_a_strange_encoding_breaks_nothing(client, disposition):
    part = f'--b\r\nContent-Disposition: form-data; name="file"; {disposition}\r\n\r\n'.encode()
    body = part + make_png() + b"\r\n--b--\r\n"
    response = client.post(COMPRESS, body, content_type="multipart/form-data; boundary=b; charset=hex")
    assert response.status_code in {200, 400}


def test_twenty_files_are_taken_and_one_more_is_not(client):
    texts = [make_upload(f"{n}.txt", b"text") for n in range(20)]
    assert compress(client, *texts).status_code == 422
    more = [make_upload(f"{n}.txt", b"text") for n in range(21)]
    assert refusal(compress(client, *more)) == (413, "too_many_files")


def test_more_files_than_django_reads_are_too_many_files_too(client):
    many = [make_upload(f"{n}.txt", b"text") for n in range(101)]
    assert refusal(compress(client, *many)) == (413, "too_many_files")


def test_a_file_at_the_limit_is_taken_and_one_byte_more_is_not(client, monkeypatch):
    monkeypatch.setattr(uploads.UploadParser, "max_file_bytes", 1000)
    picture = make_png()
    at_limit = make_upload("a.png", picture + b"\0" * (1000 - len(picture)))
    assert compress(client, at_limit).status_code in {200, 422}
    too_large = make_upload("b.png", picture + b"\0" * (1001 - len(picture)))
    assert refusal(compress(client, too_large)) == (413, "file_too_large")


def test_a_request_that_announces_too_much_is_refused_unread(client):
    length = str(uploads.MAX_REQUEST_BYTES + 1)
    response = client.post(COMPRESS, {"file": make_upload()}, format="multipart", CONTENT_LENGTH=length)
    assert refusal(response) == (413, "file_too_large")


def test_a_body_in_chunks_is_told_to_announce_its_length(client):
    headers = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    response = client.post(COMPRESS, {"file": make_upload()}, format="multipart", **headers)
    assert refusal(response) == (411, "length_required")
    assert "Content-Length" in response.json()["error"]


def test_fields_without_end_are_refused(client):
    response = client.post(COMPRESS, {"file": make_upload(), "sessionId": "x" * 1_100_000}, format="multipart")
    assert refusal(response) == (413, "body_too_large")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(client, method):
    response = getattr(client, method)(COMPRESS)
    assert refusal(response) == (405, "method_not_allowed")
    assert "POST" in response["Allow"]
