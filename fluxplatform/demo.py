"""The demo tenant of an embedded installation: one account on the best plans, with data in every product.

Its keys and passwords are random, and kept in `demo.json` of VAR_DIR (mode 0600) so that a second start and
benchmarks can use them. Only their digests are in the database: when the file is lost, they are replaced.
"""

import json
import os
import secrets
import shlex
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts.models import Account, User
from accounts.services import open_account
from apikeys import services as apikeys
from apikeys import tokens
from apikeys.models import ApiKey
from audit.services import record
from links import demo as links_demo
from plans.services import set_plan
from providers import demo as providers_demo
from store import demo as store_demo

ACCOUNT_SLUG = "demo"
DIRECTORY_SLUG = "demo-directory"
OWNER_EMAIL = "demo@flux.example"
STAFF_EMAIL = "staff@flux.example"
BEST_PLANS = {"fluxme": "listing", "fluxstore": "pro", "fluxly": "full_stack", "fluximage": "agency"}
# Staff issue Fluxme's keys; the other products' are made by the account itself.
OPERATOR_ISSUED = {"fluxme"}
KEY_NAME = "Demo"

Credentials = dict[str, Any]


def ensure_demo() -> Credentials:
    """Return the demo's credentials, making the demo at the first call.

    When the file is lost or no longer fits the database, keys are rolled and passwords replaced; data stays.
    All or nothing: the file appears only after the database has committed.
    """
    _draw_picture(_picture())
    account = Account.objects.filter(slug=ACCOUNT_SLUG).first()
    known = _read()
    if account is not None and known is not None and _opens_every_door(account, known):
        if not providers_demo.is_directory_loaded():
            _load_directory(User.objects.get(email=STAFF_EMAIL))
        if known["base_url"] != settings.BASE_URL:
            known["base_url"] = settings.BASE_URL
            _publish(known)
        return known
    with transaction.atomic():
        credentials = _establish()
        transaction.on_commit(lambda: _publish(credentials))
    return credentials


def _establish() -> Credentials:
    """Make what is missing, and give what is there new keys and passwords."""
    password, staff_password = secrets.token_urlsafe(15), secrets.token_urlsafe(15)
    owner = _person(OWNER_EMAIL, "Demo Owner", password)
    staff = _person(STAFF_EMAIL, "Demo Staff", staff_password, is_staff=True)
    account = Account.objects.filter(slug=ACCOUNT_SLUG).first()
    if account is None:
        account = open_account(owner=owner, name="Demo", slug=ACCOUNT_SLUG)
    for product, plan in BEST_PLANS.items():
        set_plan(account=account, product=product, plan=plan, actor=owner)
    resources = {
        "fluxme": providers_demo.load_demo(account=account),
        "fluxstore": store_demo.load_demo(account=account),
    }
    links_demo.load_demo(account=account)
    _load_directory(staff)
    keys = {product: _new_secret(account, owner, product, resources.get(product, "")) for product in BEST_PLANS}
    return _credentials(resources, keys, password, staff_password)


def _load_directory(staff: User) -> None:
    """Fill the directory with demo listings, which belong to the staff's account: the demo account has its own."""
    account = Account.objects.filter(slug=DIRECTORY_SLUG).first()
    if account is None:
        account = open_account(owner=staff, name="Demo directory", slug=DIRECTORY_SLUG)
    providers_demo.load_directory(account=account)


def _new_secret(account: Account, owner: User, product: str, resource: str) -> str:
    by_operator = product in OPERATOR_ISSUED
    ours = ApiKey.objects.of(account, product).live().filter(resource=resource, is_operator_issued=by_operator)
    if product != "fluximage":  # whose accounts have one key, whatever its name
        ours = ours.filter(name=KEY_NAME)
    key = ours.first()
    if key is not None:
        return apikeys.roll(key=key, actor=owner).secret
    issued = apikeys.issue(
        account=account,
        product=product,
        name=KEY_NAME,
        resource=resource,
        actor=owner,
        by_operator=by_operator,
    )
    return issued.secret


def _person(email: str, name: str, password: str, *, is_staff: bool = False) -> User:
    """Return the person with that password and a verified address, made when there is none."""
    user = User.objects.filter(email=email).first() or User(email=email, name=name)
    user.is_staff = user.is_superuser = is_staff
    user.set_password(password)
    user.save()
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    record("demo.password_set", target=user)
    return user


def _credentials(
    resources: Mapping[str, str], keys: Mapping[str, str], password: str, staff_password: str
) -> Credentials:
    """Return what demo.json holds; benchmarks and the products' samples read these names."""
    own = {product: {"key": key, "account": ACCOUNT_SLUG} for product, key in keys.items()}
    return {
        "base_url": settings.BASE_URL,
        "fluxme": {"slug": resources["fluxme"], **own["fluxme"]},
        "fluxstore": {
            "storeId": resources["fluxstore"],
            **own["fluxstore"],
            "email": OWNER_EMAIL,
            "password": password,
        },
        "fluxly": own["fluxly"],
        "fluximage": own["fluximage"],
        "staff": {"email": STAFF_EMAIL, "password": staff_password},
    }


def _opens_every_door(account: Account, known: Credentials) -> bool:
    """Return whether each key of the file is live in this database, and the people still exist."""
    for product in BEST_PLANS:
        token = tokens.parse(product, known[product]["key"])
        if token is None or not ApiKey.objects.of(account, product).live().filter(digest=token.digest).exists():
            return False
    return User.objects.filter(email__in=[OWNER_EMAIL, STAFF_EMAIL], is_active=True).count() == 2


def _read() -> Credentials | None:
    """Return what the file holds, or None when it is missing or not as this module writes it."""
    try:
        known: Credentials = json.loads((settings.VAR_DIR / "demo.json").read_text(encoding="utf-8"))
        needed = [known["base_url"], known["staff"]["password"], known["fluxme"]["slug"]]
        needed += [known["fluxstore"][name] for name in ("storeId", "email", "password")]
        needed += [known[product]["key"] for product in BEST_PLANS]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return known if all(isinstance(value, str) and value for value in needed) else None


def _publish(credentials: Credentials) -> None:
    """Replace the file in one step; nobody but its owner can read it, not even for a moment."""
    path = settings.VAR_DIR / "demo.json"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(credentials, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)


def _picture() -> Path:
    path: Path = settings.VAR_DIR / "demo.png"
    return path


def _draw_picture(path: Path, width: int = 640, height: int = 400) -> None:
    """Write a PNG of a colour gradient, so that the sample call has something to compress."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    if path.exists():
        return
    columns = [x * 255 // width for x in range(width)]
    rows = (b"".join(bytes((red, y * 255 // height, 160)) for red in columns) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def describe(credentials: Credentials) -> str:
    """Return what a person needs to begin: addresses, keys, and one command for each product."""
    base, me, store = credentials["base_url"], credentials["fluxme"], credentials["fluxstore"]
    fluxly, fluximage, staff = credentials["fluxly"], credentials["fluximage"], credentials["staff"]
    upload = shlex.quote(f"file=@{_picture()}")
    json_type = "-H 'Content-Type: application/json'"
    return f"""
Fluxme     listing {me["slug"]}, key {me["key"]}
  curl -X PATCH {base}/api/providers/{me["slug"]} -H 'Authorization: Bearer {me["key"]}' \
{json_type} -d '{{"totalNodes": 120}}'

FluxStore  store {store["storeId"]}, key {store["key"]}
  curl {base}/api/v1/packages -H 'X-Api-Key: {store["key"]}'

Fluxly     key {fluxly["key"]}
  curl -X POST {base}/api/links -H 'Authorization: Bearer {fluxly["key"]}' \
{json_type} -d '{{"target_url": "https://runonflux.com/"}}'

Fluximage  key {fluximage["key"]}
  curl {base}/api/compress -H 'Authorization: Bearer {fluximage["key"]}' -F {upload} -F format=webp

Flux Cloud sign in with a wallet at {base}/id/signin
  curl {base}/daemon/getblockcount

Dashboard  {base}/dashboard/  {store["email"]}  {store["password"]}
Staff      {base}/admin/  {staff["email"]}  {staff["password"]}
API docs   {base}/docs/fluxme/  {base}/docs/fluxstore/  {base}/docs/fluxly/  {base}/docs/fluximage/
           {base}/docs/cloud/

All of it is kept in {settings.VAR_DIR / "demo.json"}
"""
