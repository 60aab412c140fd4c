"""Routes of sign-in and sessions.

The first spelling of each is in the API's documentation. A Flux node also answers to the old name `zelid`, in any
case and with a final slash.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from api.handlers import refusal_response
from api.views import PlatformAPIView
from cloud import id_views
from cloud.errors import UnknownRoute

VIEWS: dict[str, type[PlatformAPIView]] = {
    "loginphrase": id_views.LoginPhraseView,
    "emergencyphrase": id_views.EmergencyPhraseView,
    "verifylogin": id_views.VerifyLoginView,
    "providesign": id_views.ProvideSignView,
    "checkprivilege": id_views.CheckPrivilegeView,
    "loggedsessions": id_views.LoggedSessionsView,
    "loggedusers": id_views.LoggedUsersView,
    "activeloginphrases": id_views.ActiveLoginPhrasesView,
    "logoutcurrentsession": id_views.LogoutCurrentSessionView,
    "logoutspecificsession": id_views.LogoutSpecificSessionView,
    "logoutallsessions": id_views.LogoutAllSessionsView,
    "logoutallusers": id_views.LogoutAllUsersView,
}

_ANSWERS = {name: view.as_view(schema=None) for name, view in VIEWS.items()}


@csrf_exempt
def answer_other_spelling(request: HttpRequest, name: str) -> HttpResponseBase:
    """Answer as the route does whose name this is in small letters; 404 without one."""
    answer = _ANSWERS.get(name.lower())
    if name.lower() == "signin":
        return redirect("cloud:signin")
    if answer is None:
        return refusal_response(request, UnknownRoute())
    return answer(request)


urlpatterns: list[URLPattern] = [
    *(path(f"id/{name}", view.as_view(), name=name) for name, view in VIEWS.items()),
    re_path(
        r"^(?:[iI][dD]|[zZ][eE][lL][iI][dD])/(?P<name>[A-Za-z]+)/?$", answer_other_spelling, name="id-otherwise"
    ),
]
