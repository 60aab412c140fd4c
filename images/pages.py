"""The pages of images: compress as a member, the settings, and a try for everybody.

Each page takes a whole form and answers with a whole page, and `static/images.js` uses them just so: it sends the
form once for each image and takes its row out of the page that comes back.
"""

import math
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from django_ratelimit.core import get_usage
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.page_views import PageView, SignedInPage
from api.addresses import client_address, home_of
from api.errors import PlatformError, TooManyRequests
from api.handlers import as_platform_error
from apikeys.models import ApiKey
from apikeys.wording import WORDS
from images.attachments import attachment_of
from images.credits import PRODUCT
from images.forms import CompressForm, ImageForm, TryForm
from images.results import Failed
from images.serializers import CompressOutput
from images.services import compress, require_plan
from images.uploads import UploadParser
from plans import entitlements
from plans.catalogue import PRODUCTS
from plans.pages import product_plan
from plans.wording import needed_plan

TRIES_AN_HOUR = 10
"""How many images one address may have compressed without an account."""

TRY_MAX_BYTES = 5 * 1024**2
"""The size of such an image, in bytes."""


class UploadPage(PageView):
    """The base of pages that take files.

    The body is read within limits first, and only then is its token looked for: the middleware would read all of
    it, whatever its size. So the routes of these pages are exempt from the middleware's look, and this one counts.
    """

    form_class: ClassVar[type[ImageForm]]
    template: ClassVar[str]
    parser_class: ClassVar[type[UploadParser]]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.show(self.form_class())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Compress, or show why not."""
        try:
            self.admit()
            upload = _read(request, self.parser_class())
            return csrf_protect(lambda _request: self._receive(self.form_class(upload)))(request)
        except PlatformError as error:
            return self.show(self.form_class(), refusal=error)

    def _receive(self, form: ImageForm) -> HttpResponse:
        if not form.is_valid():
            return self.show(form, status=400)
        try:
            return self.compress(form)
        except PlatformError as error:
            return self.show(form, refusal=error)

    def admit(self) -> None:
        """Raise what keeps the person from sending anything now."""

    def compress(self, form: ImageForm) -> HttpResponse:
        """Compress what a valid form holds."""
        raise NotImplementedError

    def show(
        self,
        form: ImageForm,
        *,
        status: int = 200,
        refusal: PlatformError | None = None,
        context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the page, with the refusal's own status and headers when there is one."""
        form.focus()
        max_bytes = self.parser_class.max_file_bytes
        limits = {"max_file_bytes": max_bytes, "max_megabytes": max_bytes // 1024**2}
        shown = {"form": form, "refusal": refusal, **limits, **(context or {})}
        response = render(self.request, self.template, shown, status=refusal.status if refusal else status)
        for name, value in refusal.headers.items() if refusal else ():
            response[name] = value
        return response


def _read(request: HttpRequest, parser: UploadParser) -> Request:
    """Return the request with its form read; raises FileTooLarge, TooManyFiles (413) and what else is wrong."""
    upload = Request(request, parsers=[parser])
    try:
        upload.POST  # noqa: B018 - reads the body
    except APIException as error:
        raise as_platform_error(error) from None
    return upload


class ImagesPage(SignedInPage, UploadPage):
    """Compresses images for the account in use. Every member may."""

    form_class = CompressForm
    template = "images/compress.html"
    parser_class = UploadParser

    def compress(self, form: ImageForm) -> HttpResponse:
        """Compress the images and show what became of each; raises PlanRequired (403), QuotaExhausted (402)."""
        account, wanted = self.account, form.wanted
        plan = entitlements.plan_of(account, PRODUCT)
        require_plan(plan, file_count=len(wanted["files"]), options=wanted["options"])
        outcomes = compress(account=account, user=self.person, **wanted)
        answer = CompressOutput({"sessionId": wanted["session_id"], "outcomes": outcomes}).data
        for result in answer["results"]:
            result["url"] = _at_home(result.get("downloadUrl"))
        totals = answer["totals"]
        saved = 1 - totals["compressedSize"] / max(1, totals["originalSize"])
        context = {"answer": answer, "saved": f"{saved * 100:.0f} %", "zip_url": _at_home(answer["zipUrl"])}
        return self.show(form, status=200 if totals["done"] else 422, context=context)

    def show(self, form: ImageForm, **details: Any) -> HttpResponse:
        """Show the page with what is left of the plan."""
        plan = product_plan(self.account, PRODUCTS[PRODUCT])
        has_batch, has_watermark = (feature in plan.plan.features for feature in ("batch", "watermark"))
        details["context"] = (details.get("context") or {}) | {
            "plan": plan,
            "has_batch": has_batch,
            "needed_plan": "" if has_batch else needed_plan(PRODUCT, "batch"),
            "plan_for_watermarks": "" if has_watermark else needed_plan(PRODUCT, "watermark"),
        }
        return super().show(form, **details)


def _at_home(url: str | None) -> str:
    """Return one of our own addresses without its host, so that the page works under each that we answer to."""
    return (url or "").removeprefix(settings.BASE_URL)


class SettingsPage(SignedInPage):
    """The settings, which are the way to the API key; the key pages themselves are those of every product."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        account = self.account
        context = {
            "keys": ApiKey.objects.of(account, PRODUCT).live(),
            "words": WORDS[PRODUCT],
            "needed_plan": "" if entitlements.allows(account, PRODUCT, "keys") else needed_plan(PRODUCT, "keys"),
            "can_manage": self.membership.can_manage,
            "origin": settings.BASE_URL,
        }
        return render(request, "images/settings.html", context)


class SmallUploadParser(UploadParser):
    """Read a body of one file of at most 5 MB."""

    max_files = 1
    max_file_bytes = TRY_MAX_BYTES


class TryPage(UploadPage):
    """Compresses one image for anybody and answers with the file; nothing is kept."""

    form_class = TryForm
    template = "images/try.html"
    parser_class = SmallUploadParser

    def admit(self) -> None:
        """Count the try against the address; raises TooManyRequests (429)."""
        usage = get_usage(
            self.request,
            group="images.try",
            key=lambda _group, request: home_of(client_address(request)),
            rate=f"{TRIES_AN_HOUR}/h",
            increment=True,
        )
        # None: the cache does not answer, and the limit then lets everybody pass.
        if usage and usage["should_limit"]:
            wait = max(1, int(usage["time_left"]))
            at = timezone.now() + timedelta(seconds=wait)
            raise TooManyRequests(
                retry_after_seconds=wait,
                message=f"The {TRIES_AN_HOUR} images of this hour are used up. The next one is possible in "
                f"{math.ceil(wait / 60)} minutes, at {at:%H:%M} UTC.",
            )

    def compress(self, form: ImageForm) -> HttpResponse:
        """Answer with the compressed file."""
        files, options = form.wanted["files"], form.wanted["options"]
        (outcome,) = compress(account=None, files=files, options=options)
        if isinstance(outcome, Failed):
            form.add_error(None, outcome.message)
            return self.show(form, status=422)
        return attachment_of(outcome)

    def show(self, form: ImageForm, **details: Any) -> HttpResponse:
        """Show the page with its limit."""
        return super().show(form, context={"tries": TRIES_AN_HOUR}, **details)
