"""Fluximage's pages in a browser: with and without JavaScript, on a phone, in the dark, with the keyboard."""

import re

import pytest
from django.test import Client
from playwright.sync_api import FilePayload, Page, Route, expect

from images import services
from images.tests.pictures import make_noise_png, make_png
from images.workers import QueueFullError
from plans.entitlements import claim
from plans.services import set_plan
from tests.test_browser import NARROW, WIDE, browser, nameless, opened, overflow, owner, pytestmark
from tests.test_browser_links import contrast

__all__ = ["browser", "owner", "pytestmark"]
IMAGES, SETTINGS, TRY = "/dashboard/images/", "/dashboard/images/settings/", "/images/"
PHOTO: FilePayload = {"name": "photo.png", "mimeType": "image/png", "buffer": make_noise_png(200, 120)}
SHAPES: FilePayload = {"name": "shapes.png", "mimeType": "image/png", "buffer": make_png(300, 200)}
BROKEN: FilePayload = {"name": "broken.png", "mimeType": "image/png", "buffer": make_png()[:-30]}


@pytest.fixture(autouse=True)
def account(owner):
    """The owner's account on the plan that may send several images at once."""
    account = owner.accounts.get()
    set_plan(account=account, product="fluximage", plan="agency")
    return account


def signed_in(browser, live_server, owner, **options) -> Page:
    """Return a page of a person whose session is there already: the form of the sign-in has tests of its own."""
    client = Client()
    client.force_login(owner)
    page = opened(browser, live_server, **options)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


def await_held(page: Page, held: list[Route], count: int) -> None:
    """Wait until exactly so many requests are on their way."""
    for _ in range(100):
        page.wait_for_timeout(50)
        if len(held) >= count:
            break
    assert len(held) == count


def row(page: Page, name: str):
    return page.locator("#results tbody tr", has_text=name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_without_javascript_compresses_and_downloads(browser, live_server, owner, scheme):
    page = signed_in(browser, live_server, owner, viewport=NARROW, color_scheme=scheme, java_script_enabled=False)
    page.goto(IMAGES)
    assert overflow(page) <= 0
    page.get_by_label("Drop images here").set_input_files([PHOTO, BROKEN])
    page.get_by_role("button", name="Compress").click()
    expect(page.get_by_role("heading", name="Results")).to_be_in_viewport()
    expect(row(page, "broken.png")).to_contain_text("The image is damaged or incomplete.")
    assert page.get_by_role("button", name="Compare").count() == 0
    assert overflow(page) <= 0
    assert contrast(page, ".results td") >= 4.5
    with page.expect_download() as download:
        row(page, "photo.png").get_by_role("link", name="Download photo.webp").click()
    assert download.value.path().read_bytes().startswith(b"RIFF")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all").click()
    assert download.value.path().read_bytes().startswith(b"PK")


def test_images_are_sent_one_by_one_two_at_once_and_their_results_join_the_table(browser, live_server, owner):
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(IMAGES)
    expect(page.get_by_role("button", name="Compress")).to_be_hidden()
    held: list[Route] = []
    page.route(f"**{IMAGES}", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks what it is given
    page.get_by_label("Drop images here").set_input_files([PHOTO, SHAPES, BROKEN])
    for number in range(3):
        expect(page.locator("#results [data-state]")).to_have_count(3 - number)
        await_held(page, held, min(3, number + 2))
        # Which of two comes first is the browser's affair.
        held[number].continue_()
        expect(page.locator("#results [data-state]")).to_have_count(2 - number)
        # The picture is fetched for it: the test's database answers no two requests at once.
        expect(page.get_by_role("slider")).to_be_visible()
    for name, result in (("photo.png", "Download"), ("shapes.png", "Download"), ("broken.png", "damaged")):
        expect(row(page, name)).to_contain_text(result)
    expect(page.get_by_role("status")).to_contain_text("broken.png: ")
    expect(page.locator("tfoot [data-saved]")).to_contain_text("%")
    expect(page.locator("#credits")).to_contain_text("2 of 50,000")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all").click()
    archive = download.value.path().read_bytes()
    assert b"photo.webp" in archive
    assert b"shapes.webp" in archive


def test_the_slider_is_moved_with_the_keyboard(browser, live_server, owner):
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(IMAGES)
    page.get_by_label("Drop images here").set_input_files(PHOTO)
    button = row(page, "photo.png").get_by_role("button", name="Compare photo.png")
    button.focus()
    page.keyboard.press("Enter")
    slider = page.get_by_role("slider")
    expect(slider).to_be_focused()
    widths = []
    for key, share in (("Home", 0), ("End", 100), ("ArrowLeft", 99)):
        page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", f"{share} % before, {100 - share} % after")
        widths.append(page.locator(".compare-before").evaluate("e => getComputedStyle(e).clipPath"))
    assert len(set(widths)) == 3
    assert page.locator(".compare-frame").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    for image in page.locator(".compare-frame img").all():
        assert image.evaluate("e => e.naturalWidth") == 200


def test_a_busy_service_is_asked_again_after_the_time_that_it_names(browser, live_server, owner, monkeypatch):
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(IMAGES)

    def refuse(*_: object) -> None:
        raise QueueFullError(1)

    with monkeypatch.context() as patch:
        patch.setattr(services, "encode_isolated", refuse)
        page.get_by_label("Drop images here").set_input_files(PHOTO)
        expect(row(page, "photo.png")).to_contain_text("Busy, next try in 1 s")
    expect(row(page, "photo.png")).to_contain_text("Download")


def test_without_the_plan_for_several_images_a_second_one_is_refused_in_words(
    browser, live_server, owner, account
):
    set_plan(account=account, product="fluximage", plan="starter")
    page = signed_in(browser, live_server, owner, viewport=NARROW)
    page.goto(IMAGES)
    dropped = page.evaluate_handle(
        """() => {
            const data = new DataTransfer();
            for (const name of ['a.png', 'b.png']) data.items.add(new File(['x'], name));
            return data;
        }"""
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": dropped})
    expect(page.get_by_role("alert")).to_contain_text("Needs the Agency plan.")
    expect(page.locator("#results")).to_be_hidden()
    assert overflow(page) <= 0


def test_what_is_too_large_or_refused_is_told_in_its_row(browser, live_server, owner, account):
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(IMAGES)
    page.locator("form[data-images]").evaluate("form => { form.dataset.maxBytes = '5000'; }")
    page.get_by_label("Drop images here").set_input_files(PHOTO)
    expect(row(page, "photo.png")).to_contain_text("A file may have at most 20 MB.")
    claim(account, "fluximage", "compressions", 50_000)
    page.get_by_label("Drop images here").set_input_files(SHAPES)
    expect(row(page, "shapes.png")).to_contain_text("Your plan's 50000 compressions are used up.")
    expect(page.get_by_role("alert").get_by_role("link", name="See your plan")).to_be_visible()
    page.context.clear_cookies()
    page.get_by_label("Drop images here").set_input_files({**SHAPES, "name": "late.png"})
    expect(row(page, "late.png")).to_contain_text("You are signed out.")


def test_anybody_tries_one_image_and_compares(browser, live_server):
    page = opened(browser, live_server, viewport=NARROW, color_scheme="dark")
    page.goto(TRY)
    page.get_by_label("Drop an image here").set_input_files(PHOTO)
    expect(page.get_by_role("status")).to_have_text(re.compile(r"\d+ % saved: [\d.]+\sKB became [\d.]+\sKB"))
    expect(page.get_by_role("slider")).to_be_visible()
    assert overflow(page) <= 0
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "photo.webp"
    page.get_by_label("Drop an image here").set_input_files(BROKEN)
    expect(page.get_by_role("alert")).to_have_text("The image is damaged or incomplete.")


def test_anybody_without_javascript_gets_the_file(browser, live_server):
    page = opened(browser, live_server, viewport=NARROW, java_script_enabled=False)
    page.goto(TRY)
    page.get_by_label("Drop an image here").set_input_files(SHAPES)
    page.get_by_label("Format").select_option("AVIF")
    with page.expect_download() as download:
        page.get_by_role("button", name="Compress").click()
    assert download.value.suggested_filename == "shapes.avif"


def test_the_pages_ask_no_other_host_and_every_control_has_a_name(browser, live_server, owner):
    page = signed_in(browser, live_server, owner, viewport=WIDE, reduced_motion="reduce")
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in (IMAGES, SETTINGS, TRY):
        page.goto(path)
        if path != SETTINGS:
            page.locator('input[name="file"]').set_input_files(PHOTO)
            expect(page.get_by_role("slider")).to_be_visible()
        assert nameless(page) == [], path
        assert page.locator("h1").count() == 1, path
        assert page.evaluate("document.getAnimations().length") == 0, path
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
    assert faults == []


def test_the_drop_zone_is_reached_with_the_tab_key_and_shows_its_focus(browser, live_server):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto(TRY)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("type") == "file":
            break
    expect(page.get_by_label("Drop an image here")).to_be_focused()
    assert page.locator(".drop").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


TEXT: FilePayload = {"name": "mark.png", "mimeType": "image/png", "buffer": b"text"}
MARK: FilePayload = {"name": "mark.png", "mimeType": "image/png", "buffer": make_png(20, 20)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_without_javascript_uses_what_few_people_need(browser, live_server, owner, scheme):
    page = signed_in(browser, live_server, owner, viewport=NARROW, color_scheme=scheme, java_script_enabled=False)
    page.goto(IMAGES)
    page.get_by_text("Advanced", exact=True).click()
    assert overflow(page) <= 0
    assert contrast(page, "details[open] .helptext") >= 4.5
    page.get_by_label("Drop images here").set_input_files(PHOTO)
    page.get_by_label("Watermark (optional)", exact=True).set_input_files(TEXT)
    page.get_by_role("button", name="Compress").click()
    expect(page.get_by_text("Must be a PNG image.")).to_be_visible()
    page.get_by_label("Drop images here").set_input_files(PHOTO)
    page.get_by_label("Watermark (optional)", exact=True).set_input_files(MARK)
    page.get_by_label("Place of the watermark").select_option("Top left")
    page.get_by_label("Size not to exceed").fill("12000")
    page.get_by_role("button", name="Compress").click()
    expect(row(page, "photo.png")).to_contain_text("Download")
    assert int(row(page, "photo.png").get_attribute("data-after") or 0) <= 12_000
    assert overflow(page) <= 0


def test_a_fault_in_what_few_people_need_is_shown_beside_its_field_until_the_next_try(browser, live_server, owner):
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(IMAGES)
    advanced = page.locator("details", has_text="Advanced")
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("Watermark (optional)", exact=True).set_input_files(TEXT)
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("Drop images here").set_input_files(PHOTO)
    expect(advanced.get_by_text("Must be a PNG image.")).to_be_visible()
    field = page.get_by_label("Watermark (optional)", exact=True)
    assert field.get_attribute("aria-invalid") == "true"
    described = (field.get_attribute("aria-describedby") or "").split()
    assert [page.locator(f"#{name}").count() for name in described] == [1, 1]
    expect(row(page, "photo.png")).to_contain_text("Failed")
    field.set_input_files(MARK)
    page.get_by_label("Similarity to keep").fill("0.95")
    page.get_by_label("Drop images here").set_input_files(SHAPES)
    expect(row(page, "shapes.png")).to_contain_text("Download")
    assert advanced.get_by_text("Must be a PNG image.").count() == 0
    assert field.get_attribute("aria-invalid") is None


def test_a_wish_that_the_browser_can_judge_is_refused_before_anything_is_sent(browser, live_server, owner):
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(IMAGES)
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("Width of the watermark").fill("51")
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("Drop images here").set_input_files(PHOTO)
    expect(page.get_by_label("Width of the watermark")).to_be_visible()
    expect(page.locator("#results")).to_be_hidden()
