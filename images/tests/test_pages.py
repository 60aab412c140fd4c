import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Role
from accounts.tests.factories import make_account
from accounts.tests.pages import member_of, outside_addresses, owner_of, signed_in
from apikeys.models import ApiKey
from apikeys.tests.factories import make_key
from audit.models import AuditEvent
from images import services
from images.codecs import Encoded, Options, Watermark
from images.forms import CompressForm
from images.inputs import CompressInput
from images.models import Result
from images.tests.factories import make_upload
from images.tests.pictures import make_png
from images.uploads import UploadParser
from images.workers import encode_isolated
from plans import entitlements
from plans.services import set_plan

pytestmark = pytest.mark.django_db
URL, SETTINGS = "/dashboard/images/", "/dashboard/images/settings/"
FIELDS = {"format": "webp", "quality": "82", "maxWidth": "", "maxHeight": "", "metadata": "none"}
FIELDS |= {"targetSsim": "", "targetBytes": "", "keepSmallest": "true"}
FIELDS |= {"watermarkPosition": "BR", "watermarkScale": "20", "watermarkOpacity": "100"}


@pytest.fixture
def account():
    account = make_account()
    set_plan(account=account, product="fluximage", plan="agency")
    return account


@pytest.fixture
def client(account) -> Client:
    return signed_in(owner_of(account))


def send(client: Client, *files: SimpleUploadedFile, **fields: Any):
    return client.post(URL, FIELDS | fields | {"file": list(files) or [make_upload()]})


def rows_of(answer) -> list[str]:
    """Return what the table of results says of each image, without its tags."""
    body = re.search(r"<tbody>(.*?)</tbody>", answer.content.decode(), re.DOTALL)
    assert body
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in body[1].split("</tr>") if row.strip()]


def block_of(page: str, field: str) -> str:
    """Return a field of the page with what stands beside it."""
    block = next(part for part in page.split('<div class="field">')[1:] if f'name="{field}"' in part)
    return block.partition("</div>")[0]


def used(account) -> int:
    return next(iter(entitlements.usage_of(account, "fluximage"))).used


def test_the_pages_are_for_people_who_signed_in():
    for url in (URL, SETTINGS):
        assert Client().get(url)["Location"] == f"/accounts/login/?next={url}"
    assert Client().post(URL, {"file": make_upload()})["Location"] == f"/accounts/login/?next={URL}"


def test_the_pages_ask_no_other_host_and_need_nothing_inline(client):
    for url in (URL, SETTINGS, "/images/"):
        answer = client.get(url)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert outside_addresses(page) == []
        assert " style=" not in page
        assert "<script>" not in page
        assert not re.search(r"\son[a-z]+=", page)


def test_images_are_compressed_and_what_became_of_each_is_told(account, client):
    answer = send(client, make_upload("a.png"), make_upload("cut.png", make_png()[:-30]), make_upload("b.png"))
    assert answer.status_code == 200
    first, failed, last = rows_of(answer)
    assert re.match(r"a\.png WEBP, 40 × 20 \d+ bytes \d+ bytes .* Download a\.webp", first)
    assert failed == "cut.png Failed The image is damaged or incomplete."
    assert last.startswith("b.png")
    assert used(account) == 2
    assert Result.objects.filter(account=account).count() == 2


def test_the_downloads_work_without_a_key_and_name_no_host(client):
    page = send(client).content.decode()
    (link,) = re.findall(r'href="(/api/download/[^"]+)" download>Download<span class="unseen"> image', page)
    answer = Client().get(link.replace("&amp;", "&"))
    assert answer["Content-Disposition"] == 'attachment; filename="image.webp"'
    assert b"".join(answer.streaming_content).startswith(b"RIFF")  # type: ignore[attr-defined]


def test_the_trail_names_the_member(account):
    member = member_of(account)
    assert send(signed_in(member)).status_code == 200
    assert AuditEvent.objects.get(action="image.compressed").actor == f"user:{member.pk}"


def test_the_options_reach_the_encoder(client):
    answer = send(client, make_upload("wide.png", make_png(400, 200)), format="jpg", quality="60", maxWidth="100")
    assert rows_of(answer)[0].startswith("wide.png JPG, 100 × 50")
    assert Result.objects.get().quality == 60


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("quality", "39", "Must be greater than or equal to 40."),
        ("quality", "", "This field is required."),
        ("quality", "many", "Must be a whole number."),
        ("maxWidth", "0", "Must be greater than or equal to 1."),
        ("format", "bmp", "Select a valid choice. bmp is not one of the available choices."),
    ],
)
def test_a_faulty_option_is_named_beside_its_field_and_nothing_is_compressed(
    account, client, field, value, sentence
):
    answer = send(client, **{field: value})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert '<details class="options" open>' in page
    assert sentence in block_of(page, field)
    assert used(account) == 0


MARK = make_png(20, 20, right=(0, 0, 255))


def sent_options(client, monkeypatch, **fields) -> Options:
    """Return what a form asks the encoder for."""
    seen: list[Options] = []

    def encode(data: bytes, options: Options) -> Encoded:
        seen.append(options)
        return encode_isolated(data, options)

    monkeypatch.setattr(services, "encode_isolated", encode)
    answer = send(client, **fields)
    assert answer.status_code == 200, answer.content.decode()
    return seen[0]


def test_everything_that_the_api_takes_can_be_asked_for_on_the_page():
    assert set(CompressForm().fields) | {"file"} == set(CompressInput().fields)


def test_advanced_wishes_reach_the_encoder(client, monkeypatch):
    mark = {"watermarkPosition": "TC", "watermarkScale": "30", "watermarkOpacity": "0"}
    fields = {"format": "png", "lossy": "on", "keepSmallest": "false", "targetBytes": "5000", **mark}
    options = sent_options(client, monkeypatch, watermarkFile=make_upload("mark.png", MARK), **fields)
    assert options.watermark == Watermark(data=MARK, position="TC", scale=30, opacity=0)
    assert (options.lossy, options.keep_smallest, options.target_bytes) == (True, False, 5000)


def test_the_form_stands_at_what_the_api_does_by_itself(client, monkeypatch):
    standing = {field.name: field.initial for field in CompressForm().visible_fields() if field.initial}
    assert sent_options(client, monkeypatch, **standing) == Options("webp")


def test_a_target_replaces_the_quality_that_the_form_is_filled_in_with(client, monkeypatch):
    assert sent_options(client, monkeypatch, targetSsim="0.95", quality="90").target_ssim == 0.95


def test_a_target_that_cannot_be_met_is_told_beside_the_result(client):
    assert "Target missed" in rows_of(send(client, targetBytes="10"))[0]
    assert "Target missed" not in rows_of(send(client, targetBytes="10000"))[0]
    assert "Target missed" not in rows_of(send(client))[0]


def test_two_targets_contradict_each_other_in_the_words_of_the_form(account, client):
    page = send(client, targetSsim="0.95", targetBytes="500").content.decode()
    assert "Cannot be combined with “Similarity to keep”." in block_of(page, "targetBytes")
    assert used(account) == 0


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("targetSsim", "1", "Must be a number such as 0.98."),
        ("targetBytes", "0", "Must be greater than or equal to 1."),
        ("watermarkScale", "51", "Must be less than or equal to 50."),
        ("watermarkPosition", "XX", "Select a valid choice."),
        ("watermarkFile", make_upload("mark.txt", b"text"), "Must be a PNG image."),
    ],
)
def test_a_faulty_advanced_wish_is_named_beside_its_field_in_sight(account, client, field, value, sentence):
    answer = send(client, **{field: value})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in block_of(page, field)
    assert re.findall(r'<details class="options"( open)?>', page) == ["", " open"]
    assert used(account) == 0


def test_a_watermark_needs_a_paid_plan_and_the_form_says_so(account):
    set_plan(account=account, product="fluximage", plan="free")
    client = signed_in(owner_of(account))
    assert "Watermarks: Needs the Starter plan." in client.get(URL).content.decode()
    answer = send(client, watermarkFile=make_upload("mark.png", MARK))
    assert answer.status_code == 403
    assert used(account) == 0


def test_a_form_without_an_image_is_answered_in_words(client):
    answer = client.post(URL, FIELDS)
    assert answer.status_code == 400
    assert "Choose an image first." in answer.content.decode()


def test_when_every_image_failed_the_status_says_so(account, client):
    answer = send(client, make_upload("notes.txt", b"text"))
    assert answer.status_code == 422
    assert rows_of(answer) == ["notes.txt Failed The file is not an image of a supported format."]
    assert used(account) == 0


def test_several_images_at_once_need_the_plan_that_has_them(account):
    set_plan(account=account, product="fluximage", plan="pro")
    client = signed_in(owner_of(account))
    page = client.get(URL).content.decode()
    assert "Needs the Agency plan." in page
    assert not re.search(r'<input type="file"[^>]* multiple', page)
    answer = send(client, make_upload("a.png"), make_upload("b.png"))
    assert answer.status_code == 403
    assert "Agency" in answer.content.decode()
    assert used(account) == 0
    assert send(client).status_code == 200


def test_the_plan_that_has_it_may_choose_several(client):
    assert re.search(r'<input type="file"[^>]* multiple', client.get(URL).content.decode())


def test_without_credits_the_page_says_so_and_where_plans_are():
    account = make_account()
    entitlements.claim(account, "fluximage", "compressions", 20)
    answer = send(signed_in(owner_of(account)))
    page = answer.content.decode()
    assert answer.status_code == 402
    assert re.search(r'role="alert".*used up.*href="/dashboard/plans/#fluximage"', page)


def test_the_page_shows_what_is_left_of_the_period(client):
    assert "1 of 50,000" in send(client).content.decode()


def test_a_file_beyond_the_limit_is_refused_before_anything_else(account, client, monkeypatch):
    monkeypatch.setattr(UploadParser, "max_file_bytes", 1024**2)
    answer = send(client, make_upload("big.png", b"\x89PNG\r\n\x1a\n" + bytes(1024**2)))
    assert answer.status_code == 413
    assert "A file may have at most 1 MB." in answer.content.decode()


def test_more_files_than_a_request_may_carry_are_refused(client):
    answer = send(client, *(make_upload(f"{number}.png", b"x") for number in range(21)))
    assert answer.status_code == 413
    assert "at most 20 files" in answer.content.decode()


def test_a_body_that_is_no_form_is_refused_in_a_page(client):
    answer = client.post(URL, b"{}", content_type="application/json")
    assert answer.status_code == 415
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("url", [URL, "/images/"])
def test_a_form_without_its_token_is_refused(account, url):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner_of(account))
    assert client.post(url, FIELDS | {"file": make_upload()}).status_code == 403
    client.get(url)
    fields = FIELDS | {"csrfmiddlewaretoken": client.cookies["csrftoken"].value, "file": make_upload()}
    assert client.post(url, fields).status_code == 200


def test_names_are_shown_as_text(client):
    answer = send(client, make_upload("<b onload=x>.png"))
    assert "<b onload" not in answer.content.decode()


def test_the_settings_lead_to_the_first_key(account, client):
    page = client.get(SETTINGS).content.decode()
    assert "Generate Key" in page
    assert 'action="/dashboard/keys/fluximage/"' in page
    answer = client.post("/dashboard/keys/fluximage/")
    secret = re.search(r"flx_live_[0-9a-f]{40}", answer.content.decode())
    assert secret
    page = client.get(SETTINGS).content.decode()
    assert secret[0] not in page
    assert f"{secret[0][:14]}...{secret[0][-4:]}" in page
    assert "Roll Key" in page
    assert "instantly invalidates the existing key" in page
    assert "Generate Key" not in page


def test_the_settings_name_the_plan_that_has_keys():
    page = signed_in(owner_of(make_account())).get(SETTINGS).content.decode()
    assert "Needs the Starter plan." in page
    assert "Generate Key" not in page


def test_members_see_the_key_and_cannot_change_it(account):
    make_key("fluximage", account=account)
    page = signed_in(member_of(account, Role.MEMBER)).get(SETTINGS).content.decode()
    assert ApiKey.objects.get().hint in page
    assert "Roll Key" not in page
    assert "Only owners and admins" in page


def test_the_menu_has_both_pages(client):
    page = client.get(SETTINGS).content.decode()
    assert re.search(rf'href="{URL}"[^>]*>.*?Images', page)
    assert re.search(rf'href="{SETTINGS}" aria-current="page"', page)
