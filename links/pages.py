"""The pages of links: list, make, look at, change, delete. Every member of the account may do all of it."""

from collections import Counter
from typing import Any, Literal

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe

from accounts.models import Account
from accounts.page_views import SignedInPage
from api.errors import NotFound, PlatformError
from apikeys.models import ApiKey
from links import qr, services
from links.forms import ChangeLinkForm, LinkForm, NewLinkForm
from links.models import Link
from links.paging import page_of
from links.serializers import ListQuery
from plans import entitlements
from plans.catalogue import PRODUCTS
from plans.pages import product_plan
from plans.wording import needed_plan

LINKS_A_PAGE = 25
# The tags to choose from are those of the newest links: enough to be of use, and quick however many there are.
TAGS_OF_LINKS = 500
MAX_CHIPS = 20
QR_PIXELS = {"svg": 512, "png": 1024}

State = Literal["active", "off", "expired", "used up"]


def state_of(link: Link) -> State:
    """Return what visitors make of a link; what hides the rest comes first."""
    if not link.is_active:
        return "off"
    if link.expires_at is not None and link.expires_at <= timezone.now():
        return "expired"
    return "used up" if link.is_over() else "active"


class LinksPage(SignedInPage):
    """Lists the account's links, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of them; raises InvalidFields (400) for an address that no form of ours makes."""
        account = self.account
        given = {name: text for name in request.GET if (text := request.GET[name].strip())}
        query = ListQuery.parse_data(given)
        links, cursor = page_of(
            Link.objects.of(account).counted().chosen(query), limit=LINKS_A_PAGE, cursor=query.get("cursor")
        )
        context = {
            "rows": [(link, state_of(link)) for link in links],
            "next_cursor": cursor,
            "query": query,
            "is_filtered": not query.keys().isdisjoint({"search", "tag", "is_active", "cursor"}),
            "chips": _chips(account, query.get("tag")),
            "plan": product_plan(account, PRODUCTS[services.PRODUCT]),
        }
        return render(request, "links/list.html", context)


def _chips(account: Account, chosen: str | None) -> list[str]:
    """Return the tags that are used most, and the chosen one in any case, by name."""
    lists = Link.objects.of(account).values_list("tags", flat=True)[:TAGS_OF_LINKS]
    counts = Counter(tag for tags in lists for tag in tags)
    return sorted({tag for tag, _ in counts.most_common(MAX_CHIPS)} | ({chosen} if chosen else set()))


class NewLinkPage(SignedInPage):
    """Makes a link."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._show(NewLinkForm(plan=entitlements.plan_of(self.account, services.PRODUCT)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make it, or show what is wrong."""
        account = self.account
        form = NewLinkForm(request.POST, plan=entitlements.plan_of(account, services.PRODUCT))
        if not form.is_valid():
            return self._show(form, status=400)
        try:
            link = services.create_link(account=account, user=self.person, **form.wanted)
        except PlatformError as error:
            form.refuse(error)
            return self._show(form, status=error.status)
        messages.success(request, "The link works from now on.")
        return redirect("links:pages:detail", link.link_id)

    def _show(self, form: LinkForm, status: int = 200) -> HttpResponse:
        form.focus()
        return render(self.request, "links/new.html", {"form": form}, status=status)


class LinkPage(SignedInPage):
    """The base of pages about one link of the account in use; others are 404."""

    def link(self) -> Link:
        """Return the link; raises NotFound (404) for a missing, deleted or foreign one."""
        account = self.account
        link = Link.objects.of(account).counted().filter(link_id=self.kwargs["link_id"]).first()
        if link is None:
            raise NotFound
        link.account = account
        return link


class LinkDetailPage(LinkPage):
    """Everything about a link."""

    def get(self, request: HttpRequest, link_id: str) -> HttpResponse:
        """Show it, with its QR code."""
        link = self.link()
        picture = qr.svg(link.short_url, size=QR_PIXELS["svg"], title=f"QR code of {link.short_url}")
        context = {
            "link": link,
            "state": state_of(link),
            # The bytes are our own: the address in them is made of letters that need no escape.
            "qr": mark_safe(picture.decode()),  # noqa: S308
        }
        return render(request, "links/detail.html", context)


class LinkEditPage(LinkPage):
    """Changes a link."""

    def get(self, request: HttpRequest, link_id: str) -> HttpResponse:
        """Show the form."""
        link = self.link()
        return self._show(link, self._form(link))

    def post(self, request: HttpRequest, link_id: str) -> HttpResponse:
        """Change it, or show what is wrong; raises NotFound (404) when it was deleted meanwhile."""
        link = self.link()
        form = self._form(link, request.POST)
        if not form.is_valid():
            return self._show(link, form, status=400)
        try:
            services.update_link(link=link, user=self.person, **form.wanted)
        except NotFound:
            raise
        except PlatformError as error:
            form.refuse(error)
            return self._show(link, form, status=error.status)
        messages.success(request, "The changes are saved." if form.wanted else "There was nothing to change.")
        return redirect("links:pages:detail", link_id)

    def _form(self, link: Link, data: Any = None) -> ChangeLinkForm:
        plan = entitlements.plan_of(link.account, services.PRODUCT)
        return ChangeLinkForm(data, plan=plan, link=link)

    def _show(self, link: Link, form: ChangeLinkForm, status: int = 200) -> HttpResponse:
        form.focus()
        return render(self.request, "links/edit.html", {"form": form, "link": link}, status=status)


class LinkSwitchPage(LinkPage):
    """Switches a link off and on."""

    def post(self, request: HttpRequest, link_id: str) -> HttpResponse:
        """Switch it as the button said, so that a second press changes nothing."""
        is_active = request.POST.get("is_active") == "true"
        services.update_link(link=self.link(), user=self.person, is_active=is_active)
        messages.success(request, "The link is switched on." if is_active else "The link is switched off.")
        return redirect("links:pages:detail", link_id)


class LinkDeletePage(LinkPage):
    """Deletes a link, after asking."""

    def get(self, request: HttpRequest, link_id: str) -> HttpResponse:
        """Ask."""
        return render(request, "links/delete.html", {"link": self.link()})

    def post(self, request: HttpRequest, link_id: str) -> HttpResponse:
        """Delete it."""
        link = self.link()
        services.delete_link(link=link, user=self.person)
        messages.success(request, f"{link.short_url} is deleted.")
        return redirect("links:pages:list")


class LinkQrPage(LinkPage):
    """The QR code as a file."""

    def get(self, request: HttpRequest, link_id: str, kind: str) -> HttpResponse:
        """Send it; raises NotFound (404) for kinds other than svg and png."""
        link = self.link()
        if kind == "svg":
            picture = qr.svg(link.short_url, size=QR_PIXELS[kind], title=f"QR code of {link.short_url}")
        elif kind == "png":
            picture = qr.png(link.short_url, size=QR_PIXELS[kind])
        else:
            raise NotFound
        content_type = {"svg": "image/svg+xml", "png": "image/png"}[kind]
        headers = {"Content-Disposition": f'attachment; filename="{link.slug}.{kind}"'}
        return HttpResponse(picture, content_type=content_type, headers=headers)


class DeveloperApiPage(SignedInPage):
    """What programs can do, and the way to the keys; the key pages themselves are those of every product."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        account = self.account
        is_included = entitlements.allows(account, services.PRODUCT, "keys")
        context = {
            "origin": settings.BASE_URL,
            "keys_url": reverse("apikeys:keys", args=[services.PRODUCT]),
            "key_count": ApiKey.objects.of(account, services.PRODUCT).live().count(),
            "needed_plan": "" if is_included else needed_plan(services.PRODUCT, "keys"),
            "can_manage": self.membership.can_manage,
        }
        return render(request, "links/developer_api.html", context)
