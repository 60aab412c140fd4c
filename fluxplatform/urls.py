"""Every route of the platform, one include for each app."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from api import health
from apikeys.views import UnknownRouteView
from fluxplatform import docs, sitemap
from store.store_admin.site import store_admin_site

# One sign-in, with its rate limits and second factor, for people and staff alike.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("sitemap.xml", sitemap.sitemap, name="sitemap"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("", include("providers.urls")),
    path("", include("store.urls")),
    path("", include("links.urls")),
    path("", include("images.urls")),
    path("", include("cloud.urls")),
    path("", include("accounts.urls")),
    path("dashboard/store/", include("store.page_urls")),
    path("dashboard/plans/", include("plans.urls")),
    path("dashboard/keys/", include("apikeys.urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("docs/", include(docs.urlpatterns)),
    path("admin/", admin.site.urls),
    path("store-admin/", store_admin_site.urls),
    path("favicon.ico", RedirectView.as_view(url="/static/favicon.svg", permanent=True)),
    re_path(r"^api(/|$)", UnknownRouteView.as_view()),
]

handler400 = "api.handlers.bad_request"
handler403 = "api.handlers.permission_denied"
handler404 = "api.handlers.page_not_found"
handler500 = "api.handlers.server_error"
