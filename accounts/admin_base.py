"""The base of admin pages whose writes are services."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from api.errors import PlatformError


class ServiceAdmin(ModelAdmin):
    """Turns the refusals of services into messages. Nothing is deleted unless a subclass knows how."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show or save; a refusal rolls everything back and comes back as a message."""
        return self._refusing(
            request, lambda: super(ServiceAdmin, self).changeform_view(request, object_id, form_url, extra_context)
        )

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask or delete, as above."""
        return self._refusing(
            request, lambda: super(ServiceAdmin, self).delete_view(request, object_id, extra_context)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes: what is over is ended, and stays visible."""
        return False

    def _refusing(self, request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return answer()
        except PlatformError as error:
            sentence = "; ".join(fault.sentence() for fault in error.errors) or error.message
            self.message_user(request, sentence, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
