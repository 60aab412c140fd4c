"""The start page, and the signed-in shell's own pages: overview, choice of account, security."""

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from accounts.current import SESSION_KEY
from accounts.models import Account
from accounts.page_views import PageView, SignedInPage
from accounts.sections import Panel
from api.errors import NotFound

# The tenant that an embedded installation makes for trying things out.
DEMO_SLUG = "demo"


class HomePage(PageView):
    """What the platform is, for everybody."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page; the examples name the host that answered."""
        context = {
            "origin": request.build_absolute_uri("/").rstrip("/"),
            "has_demo": Account.objects.filter(slug=DEMO_SLUG).exists(),
        }
        return render(request, "accounts/home.html", context)


class DashboardPage(SignedInPage):
    """The first page after signing in: one panel from each app that offers one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the panels."""
        account = self.account
        panels = [
            render_to_string(panel.template, dict(panel.context), request=request) for panel in panels_of(account)
        ]
        return render(request, "accounts/dashboard.html", {"account": account, "panels": panels})


def panels_of(account: Account) -> list[Panel]:
    """Return what the apps want to show about the account, in the order of the apps."""
    paths = [path for config in apps.get_app_configs() for path in getattr(config, "dashboard_panels", ())]
    return [import_string(path)(account) for path in paths]


class SwitchPage(SignedInPage):
    """Chooses the account to work in; only among the person's own."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember the choice in the session; raises NotFound (404) for a foreign account."""
        wanted = request.POST.get("account", "")
        accounts = Account.objects.of_user(self.person)
        account = accounts.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
        if account is None:
            raise NotFound
        request.session[SESSION_KEY] = account.pk
        messages.success(request, f"You are working in {account.name} now.")
        return redirect("accounts:dashboard")


class SecurityPage(SignedInPage):
    """How the person signs in, with the way to each setting."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what is set and what is not."""
        person = self.person
        context = {
            "email": EmailAddress.objects.filter(user=person, primary=True).first(),
            "has_second_factor": is_mfa_enabled(person),
            "session_count": len(UserSession.objects.purge_and_list(person)),
        }
        return render(request, "accounts/security.html", context)
