"""The platform's routes and one more: the same list of packages without key, throttle, plan and scope."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from api.views import PlatformAPIView
from fluxplatform.urls import handler400, handler403, handler404, handler500
from fluxplatform.urls import urlpatterns as platform_routes
from store.models import Store
from store.package_views import list_packages

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class BarePackageListView(PlatformAPIView):
    """What a plain DRF list view does: read the page, serialize, render."""

    product = "fluxstore"
    store: Store

    def get(self, request: Request) -> Response:
        return self.answer(list_packages(request, self.store))


urlpatterns = [path("bare/packages", BarePackageListView.as_view()), *platform_routes]
