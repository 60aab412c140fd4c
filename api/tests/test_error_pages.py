"""People get a page, with a status, a sentence and a request id."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from api import handlers
from api.context import start_request
from api.errors import Unauthorized

pytestmark = pytest.mark.django_db


def test_an_unknown_address_is_a_page(client):
    response = client.get("/nothing/here", HTTP_X_REQUEST_ID="request-7")
    assert response.status_code == 404
    assert response["Content-Type"] == "text/html; charset=utf-8"
    page = response.content.decode()
    assert "There is nothing at this address." in page
    assert "request-7" in page


def test_an_unknown_address_below_the_sign_in_api_is_json(client):
    response = client.get("/_allauth/nothing")
    assert (response.status_code, response.json()) == (404, {"error": "Not found.", "code": "not_found"})


def test_a_stale_form_is_told_to_be_sent_again(caplog):
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a"})
    assert response.status_code == 403
    assert "This form has expired." in response.content.decode()


def test_a_foreign_host_is_a_400_page(client):
    response = client.get("/accounts/login/", HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert "The request could not be understood." in response.content.decode()


@pytest.mark.urls("api.tests.urls")
def test_a_foreign_host_is_a_400_in_the_envelope_of_the_path(client):
    response = client.get("/api/v1/echo/", HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert response.json()["success"] is False


def test_a_refusal_outside_the_api_keeps_its_headers():
    page = handlers.refusal_response(RequestFactory().get("/dashboard/"), Unauthorized())
    assert (page.status_code, page["WWW-Authenticate"]) == (401, "Bearer")


def test_a_page_that_crashes_shows_a_request_id_and_nothing_else():
    start_request("request-7")
    page = handlers.server_error(RequestFactory().get("/dashboard/"))
    assert page.status_code == 500
    assert b"request-7" in page.content


def test_when_even_the_error_page_breaks_the_request_id_is_still_told(settings):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [], "APP_DIRS": False}]
    start_request("request-7.x_y")
    page: HttpResponse = handlers.server_error(RequestFactory().get("/dashboard/"))
    assert page.status_code == 500
    assert "request-7.x_y" in page.content.decode()
