"""The sign-in page, and the pages on which people link Flux ids to their sign-in."""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.account.models import Login
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers

from accounts.page_views import PageView, SignedInPage
from api.context import current_network
from api.errors import Conflict, NotFound
from cloud import arrivals, limits, services, signin
from cloud.errors import BadSignIn, InvalidSignature, NothingArrived, PhraseOver
from cloud.models import FluxIdentity, Kind
from cloud.zelidauth import Claim, header_of

# Refusals that the page explains beside its form; the others are pages of their own.
EXPLAINED = (BadSignIn, PhraseOver, InvalidSignature, NothingArrived, Conflict)
ADVICE = {
    "No Flux ID is specified": "Enter the address that signed the phrase.",
    "Flux ID is not valid": "A Flux ID is an address that begins with 1, or one of 0x and 40 more signs.",
    "No signature is specified": "Sign the phrase in your wallet, and paste what it shows.",
    "Signed message is not valid": "This phrase has run out. Sign the new one below.",
    PhraseOver.message: "This phrase has run out, or was used. Sign the new one below.",
    InvalidSignature.message: (
        "This address did not sign this phrase. Look whether address and signature belong together, and whether "
        "the whole phrase was signed."
    ),
}


class WalletPage:
    """What pages with the wallets' buttons share."""

    template = ""

    def show(self, request: HttpRequest, error: Exception | None = None, status: int = 200) -> HttpResponse:
        """Show the page, with what went wrong in words that say what to do."""
        phrase = signin.phrase_to_show(request)
        told = getattr(error, "message", "")
        # Where to go afterwards; allauth looks whether it lies on this site.
        then = request.POST.get("next", request.GET.get("next", ""))
        context = signin.wallet_context(phrase) | {"error": ADVICE.get(told, told), "next": then}
        response = render(request, self.template, context, status=status)
        signin.keep(response, phrase)
        add_never_cache_headers(response)
        return response


class SignInPage(WalletPage, PageView):
    """Signs a Flux id in: to the platform when a person linked it, and for the Flux API in any case."""

    template = "cloud/signin.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a phrase and the ways to sign it."""
        return self.show(request)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Sign in; raises TooMany (429)."""
        limits.count_address(request, "sign-in")
        try:
            proof = signin.proof_of(request)
            if not proof.is_used:
                services.sign_in(zelid=proof.zelid, phrase=proof.phrase, signature=proof.signature)
        except EXPLAINED as error:
            return self.show(request, error, error.status)
        response = self._go_on(request, proof)
        response.delete_cookie(signin.COOKIE)
        add_never_cache_headers(response)
        return response

    def _go_on(self, request: HttpRequest, proof: signin.Proof) -> HttpResponse:
        identity = FluxIdentity.objects.named(proof.zelid).select_related("user").first()
        if identity is None or request.user.is_authenticated:
            header = header_of(Claim(proof.zelid, proof.signature, proof.phrase))
            return render(request, "cloud/signed_in.html", {"zelid": proof.zelid, "header": header})
        services.note_person_signed_in(identity=identity)
        record_authentication(request, identity.user, method="flux_id", zelid=identity.zelid)
        response: HttpResponse = perform_login(request, Login(user=identity.user))
        return response


class ArrivedPage(PageView):
    """Tells the page's script whether a wallet has answered for this browser's phrase."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer `{"has_arrived": …}`; the proof itself stays here until the form is sent."""
        phrase = signin.shown_phrase(request)
        found = phrase and arrivals.arrived_from(current_network(), Kind.SIGN_IN, phrase)
        response = JsonResponse({"has_arrived": bool(found)})
        add_never_cache_headers(response)
        return response


class FluxIdsPage(SignedInPage):
    """The person's linked ids."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        context = {"identities": FluxIdentity.objects.of(self.person), "most": services.MAX_IDENTITIES}
        return render(request, "cloud/flux_ids.html", context)


class LinkPage(WalletPage, SignedInPage):
    """Links a Flux id. A new way in is a change of security, so the person shows anew who they are."""

    template = "cloud/link.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, or send the person to prove who they are first."""
        if request.user.is_authenticated and is_reauthentication_required(request, app=""):
            raise ReauthenticationRequired
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a phrase and the ways to sign it."""
        return self.show(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Link the id whose holder signed the phrase; raises TooMany (429)."""
        limits.count_address(request, "sign-in")
        try:
            proof = signin.proof_of(request)
            if not proof.is_used:
                services.prove(zelid=proof.zelid, phrase=proof.phrase, signature=proof.signature)
            services.link_identity(user=self.person, zelid=proof.zelid)
        except EXPLAINED as error:
            return self.show(request, error, error.status)
        messages.success(request, f"You can sign in with {proof.zelid} now.")
        response = redirect("cloud:flux-ids")
        response.delete_cookie(signin.COOKIE)
        return response


class UnlinkPage(SignedInPage):
    """Takes a way in away."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Unlink one of the person's own ids; raises NotFound (404)."""
        identity = FluxIdentity.objects.of(self.person).filter(pk=pk).first()
        if identity is None:
            raise NotFound
        services.unlink_identity(identity=identity, actor=self.person)
        messages.success(request, f"{identity.zelid} no longer signs you in.")
        return redirect("cloud:flux-ids")
