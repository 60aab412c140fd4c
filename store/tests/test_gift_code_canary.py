"""The code of a gift card is in the one answer that made the card, and nowhere else."""

import json
import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import connection

from accounts.tests.factories import make_user
from accounts.tests.pages import owner_of, signed_in
from store import gift_codes
from store.models import GiftCard
from store.services import cards
from store.store_admin.site import store_admin_site
from store.tests.factories import make_bare_order, make_card, make_store, store_client

pytestmark = pytest.mark.django_db
CARDS = "/api/v1/gift-cards"


def spellings(code):
    """Return how a code might be written where it should not be: in groups, without hyphens, in lower case."""
    plain = gift_codes.meant(code) or ""
    # Half a code is a leak too; the last four letters may be kept.
    return {code, plain, code[:-5], plain[:-4], plain[:10], plain[-10:]}


def work(store):
    """Use a card in every way that the API has; return its code and all answers after the first."""
    client = store_client(store)
    body = {
        "amount": 20,
        "applicationScope": "store",
        "recipientName": "Jane",
        "recipientEmail": "jane@example.com",
    }
    name = {"Idempotency-Key": "canary"}
    made = client.post(CARDS, body, format="json", headers=name).json()["data"]
    card = f"{CARDS}/{made['id']}"
    found = cards.find_card(store, made["code"])
    assert found is not None
    cards.redeem(found, Decimal(5), make_bare_order(store))
    answers = [
        client.post(CARDS, body, format="json", headers=name),
        client.post(CARDS, body | {"code": made["code"]}, format="json"),
        client.get(CARDS),
        client.get(CARDS, {"search": made["code"]}),
        client.get(card),
        client.patch(card, {"message": "Hello"}, format="json"),
        client.post(f"{card}/adjust", {"amount": 1, "note": "Goodwill"}, format="json"),
        client.post(f"{card}/void", {"note": "Lost"}, format="json"),
        client.get(f"{card}/transactions"),
        client.delete(card),
    ]
    answers += [client.get(f"/api/v1/{noun}") for noun in ("coupons", "sales", "bans", "packages")]
    return made["code"], answers


def tables():
    """Return every value of every table as text."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the schema itself
            rows = [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor.fetchall()]
            texts.append(f"{table}: {rows!r}")
    return "\n".join(texts)


def admin_pages(client):
    """Return the text of every list and every row of the store's tables and of the trail in the staff admin."""
    client.force_login(make_user(is_staff=True, is_superuser=True))
    texts = []
    for model in admin.site._registry:
        label = model._meta.app_label
        if label in {"store", "audit"}:
            base = f"/admin/{label}/{model._meta.model_name}/"
            answers = [
                client.get(base),
                *(client.get(f"{base}{pk}/change/") for pk in model._default_manager.values_list("pk", flat=True)),
            ]
            assert {answer.status_code for answer in answers} <= {200, 302}
            texts += [answer.content.decode() for answer in answers]
    return "\n".join(texts)


def test_a_code_is_in_no_later_answer_no_table_no_log_and_no_admin_page(client, caplog, capfd):
    code, answers = work(make_store())
    assert GiftCard.objects.count() == 1
    # The body that names a code, and the deletion of a card that paid.
    assert [answer.status_code for answer in answers if answer.status_code >= 400] == [400, 400]
    haystacks = {
        "answers": "\n".join(answer.content.decode() for answer in answers),
        "tables": tables(),
        "admin": admin_pages(client),
        "log": caplog.text + "".join(capfd.readouterr()),
    }
    assert "gift_card.issued" in haystacks["tables"]
    assert "gift_card.issued" in haystacks["admin"]
    assert CARDS in haystacks["log"]
    for spelling in spellings(code):
        found = [name for name, text in haystacks.items() if re.search(re.escape(spelling), text, re.IGNORECASE)]
        assert found == [], f"a part of the code was found in {found}"


def store_admin_pages(browser):
    """Return the text of every list, row, history and export of the store owners' admin, and of the session."""
    texts = [browser.get("/store-admin/").content.decode(), str(dict(browser.session))]
    for model in store_admin_site._registry:
        base = f"/store-admin/store/{model._meta.model_name}/"
        ids = [str(pk) for pk in model._default_manager.values_list("pk", flat=True)]
        pages = [base, *(f"{base}{pk}/{page}/" for pk in ids for page in ("change", "history"))]
        if model is GiftCard:
            pages += [f"{base}{pk}/{page}/" for pk in ids for page in ("adjust", "void", "delete")]
        answers = [browser.get(page) for page in pages]
        assert {answer.status_code for answer in answers} == {200}
        texts += [answer.content.decode() for answer in answers]
        exported = browser.post(base, {"action": "export_csv", "_selected_action": ids}) if ids else ()
        texts.append(b"".join(exported).decode())
    return "\n".join(texts)


def test_a_code_of_the_store_admin_is_on_the_page_that_made_it_and_nowhere_else(client, caplog, capfd):
    store = make_store()
    browser = signed_in(owner_of(store.account))
    body = {"amount": "20", "applies_to": "store", "recipient_name": "Jane"}
    made = browser.post("/store-admin/store/giftcard/add/", body).content.decode()
    [code] = set(re.findall(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", made))
    assert cards.find_card(store, code) == GiftCard.objects.get()
    haystacks = {
        "answers": store_admin_pages(browser),
        "tables": tables(),
        "staff": admin_pages(client),
        "log": caplog.text + "".join(capfd.readouterr()),
    }
    assert "Jane" in haystacks["answers"]
    for spelling in spellings(code):
        found = [name for name, text in haystacks.items() if re.search(re.escape(spelling), text, re.IGNORECASE)]
        assert found == [], f"a part of the code was found in {found}"


def test_an_object_of_a_card_does_not_show_its_code_when_it_is_printed():
    card = make_card(make_store())
    assert card.code is not None
    assert card.code not in f"{card!r} {card}"
    assert json.dumps(sorted(field.name for field in GiftCard._meta.get_fields())).count("code") == 1
