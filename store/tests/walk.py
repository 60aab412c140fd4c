"""A walk over everything that the store owners' admin answers, as one owner with the ids of another.

Every kind of door is a function that yields what is wrong; all are led by the site's own registry and routes, so a
new admin, page or action is walked as well. A route that the walk cannot follow is wrong, too.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import ForeignKey, ManyToManyField
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver

from store.store_admin.scope import path_to_store
from store.store_admin.site import store_admin_site as site
from store.tests.two_stores import World, models_of_stores

ROOT = "/store-admin/"
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
REFUSED = {302, 400, 403, 404, 405}


class Walk:
    """mine: whose owner the client is signed in as. other: whose rows must stay unseen and untouched."""

    def __init__(self, client: Client, mine: World, other: World) -> None:
        self.client, self.mine, self.other = client, mine, other
        self._seen: dict[str, Any] = {}
        client.force_login(mine.owner)

    # --- What an answer may hold ----------------------------------------------------------------------

    def leaks(self, response: Any, where: str) -> Iterator[str]:
        """Yield when an answer has a text of the other store, or is a crash."""
        body = b"".join(response.streaming_content) if response.streaming else response.content
        if self.other.word.encode() in body or self.other.word in str(response.headers):
            yield f"{where} shows the other store"
        if response.status_code >= 500:
            yield f"{where} answers {response.status_code}"

    def get(self, path: str, data: Any = None) -> tuple[Any, list[str]]:
        """Return an answer and what is wrong with it. A page is asked for once: the walk writes nothing."""
        if data is None and path in self._seen:
            return self._seen[path]
        response = self.client.get(path, data)
        answer = response, list(self.leaks(response, f"GET {path} {data or ''}"))
        if data is None:
            self._seen[path] = answer
        return answer

    def post(self, path: str, data: Any) -> tuple[Any, list[str]]:
        """Return an answer and what is wrong with it."""
        response = self.client.post(path, data)
        return response, list(self.leaks(response, f"POST {path} {sorted(data)}"))

    # --- Kinds of doors --------------------------------------------------------------------------------

    def routes(self) -> Iterator[str]:
        """Open every route without an id, and every route with an id of the other store, by GET and POST."""
        for route, pattern in _flat(site.get_urls()):
            if pattern.name in {"logout", "login"} or not route:
                continue
            model = _model_of(pattern)
            names = [name for _, name in _PARAMETER.findall(route)]
            if not names and "(?P" not in route:
                yield from self.get(f"{ROOT}{route}")[1]
                yield from self.get(f"{ROOT}{route}", {"_popup": "1", "_to_field": "id"})[1]
                continue
            values = self.arguments(route, names, model)
            if values is None:
                if "(?P" not in route:
                    yield f"the walk does not know what to put into {route}"
                continue
            path = route
            for name, value in values.items():
                path = re.sub(rf"<(\w+:)?{name}>", value, path)
            yield from self._closed(ROOT + path)

    def _closed(self, path: str) -> Iterator[str]:
        # The popup's field is how a row is found, so one of the two verbs asks by it.
        popup = {"_popup": "1", "_to_field": "id", "post": "yes"}
        for method, data in (("get", None), ("post", popup)):
            response, faults = getattr(self, method)(path, data)
            yield from faults
            if response.status_code not in REFUSED:
                yield f"{method} {path} answers {response.status_code}"

    def arguments(self, route: str, names: list[str], model: Any) -> dict[str, str] | None:
        """Return what the parts of a route name of the other store; None when the walk cannot tell."""
        if names == ["object_id"] and model is not None:
            return {"object_id": str(self.other.first(model).pk)}
        if len(names) == 1 and route.startswith("api-keys/"):
            return {names[0]: str(self.other.key.pk)}
        return None

    def own_pages(self) -> Iterator[str]:
        """Open the pages of one's own rows: they do answer, so the walk is not past closed doors."""
        for model, admin in site._registry.items():
            base = f"{ROOT}{model._meta.app_label}/{model._meta.model_name}/"
            for page in ("change", "history"):
                response, faults = self.get(f"{base}{self.mine.first(model).pk}/{page}/")
                yield from faults
                if response.status_code != 200 or self.mine.word.encode() not in response.content:
                    yield f"{base} does not show one's own {page} page"
            if admin.has_hook("remove"):
                yield from self.get(f"{base}{self.mine.first(model).pk}/delete/")[1]

    def searches(self) -> Iterator[str]:
        """Search for the other store's word, by lists and by autocompletion."""
        for model in site._registry:
            base = f"{ROOT}{model._meta.app_label}/{model._meta.model_name}/"
            # The page says what was searched for, so the answer is judged by its rows.
            response = self.client.get(base, {"q": self.other.word})
            if response.status_code == 200 and response.context["cl"].result_count:
                yield f"{base} finds rows of the other store"
        for model in models_of_stores():
            for field in (*model._meta.fields, *model._meta.many_to_many):
                if isinstance(field, ForeignKey | ManyToManyField):
                    asked = {"app_label": "store", "model_name": model._meta.model_name, "field_name": field.name}
                    for term in ("", self.other.word):
                        yield from self.get(f"{ROOT}autocomplete/", asked | {"term": term})[1]

    def filters(self) -> Iterator[str]:
        """Read what every filter offers, and choose everything that it offers and every id of the other store."""
        for admin in site._registry.values():
            for spec in admin.get_changelist_instance(self.request()).filter_specs:
                offered = [choice for choice in getattr(spec, "lookup_choices", ()) if isinstance(choice, tuple)]
                names = [name for name in spec.expected_parameters() if name]
                if self.other.word in str([str(label) for _, label in offered]):
                    yield f"{admin} offers rows of the other store by {names}"
                values = [str(value) for value, _ in offered] + self._foreign(spec)
                for value in values if names else ():
                    yield from self._only_own(admin, {names[0]: value})

    def _foreign(self, spec: Any) -> list[str]:
        """Return ids of the other store that a filter may be given."""
        if isinstance(spec, SimpleListFilter):
            rows = [self.other.rows(model).first() for model in models_of_stores()]
            return [str(row.pk) for row in rows if row is not None]
        related = getattr(spec.field, "related_model", None)
        return [str(self.other.first(related).pk)] if related and path_to_store(related) else []

    def _only_own(self, admin: Any, query: dict[str, str]) -> Iterator[str]:
        rows = admin.get_changelist_instance(self.request(query)).queryset
        if rows.exclude(**{admin.store_path: self.mine.store.pk}).exists():
            yield f"{admin} shows rows of the other store for {query}"

    def actions(self) -> Iterator[str]:
        """Run every action over a row of the other store, and over everything."""
        for model, admin in site._registry.items():
            base = f"{ROOT}{model._meta.app_label}/{model._meta.model_name}/"
            for name in admin.get_actions(self.request()):
                foreign = {"action": name, "_selected_action": [str(self.other.first(model).pk)], "post": "yes"}
                yield from self.post(base, foreign)[1]
            own = [str(self.mine.first(model).pk)]
            everything = {"action": "export_csv", "_selected_action": own, "select_across": "1"}
            yield from self.post(base, everything)[1]

    def forms(self) -> Iterator[str]:
        """Fill every relation of every form with a row of the other store: by address, new, and in a change."""
        for model, admin in site._registry.items():
            base = f"{ROOT}{model._meta.app_label}/{model._meta.model_name}/"
            for path in (f"{base}add/", f"{base}{self.mine.first(model).pk}/change/"):
                shown, _ = self.get(path)
                if shown.status_code != 200:
                    continue
                relations = _relations(shown.context)
                ids = {name: str(self.other.first(target).pk) for name, target in relations}
                yield from self.get(path, {name: pk for name, pk in ids.items() if "-" not in name})[1]
                may = admin.has_add_permission if path.endswith("add/") else admin.has_change_permission
                if ids and may(self.request()):
                    yield from self._refused(path, _filled(shown.context), ids)

    def _refused(self, path: str, data: dict[str, Any], ids: dict[str, str]) -> Iterator[str]:
        """Post all ids at once: each of the fields has to name its own fault."""
        response, faults = self.post(path, data | ids)
        yield from faults
        for name in ids:
            if response.status_code != 200 or not _has_fault(response.context, name):
                yield f"POST {path} takes {name} of the other store, or does not say what is wrong"

    def request(self, query: dict[str, str] | None = None) -> HttpRequest:
        """Return a request of one's own, for asking an admin directly."""
        request: Any = RequestFactory().get(ROOT, query)
        request.user, request.session, request.store = self.mine.owner, {}, self.mine.store
        return request


def _flat(patterns: Any, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = before + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from _flat(pattern.url_patterns, route)
        else:
            yield route, pattern


def _model_of(pattern: URLPattern) -> Any:
    name = pattern.name or ""
    for model in site._registry:
        if name.startswith(f"{model._meta.app_label}_{model._meta.model_name}_") or (
            getattr(getattr(pattern.callback, "model_admin", None), "model", None) is model
        ):
            return model
    return None


def _forms(context: Any) -> list[Any]:
    inner = [form for part in context["inline_admin_formsets"] for form in part.formset]
    return [context["adminform"].form, *inner]


def _relations(context: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and model of all in a page's forms that points at rows, keys of inlines included."""
    for form in _forms(context):
        for name, field in form.fields.items():
            if isinstance(field, ModelChoiceField) and field.queryset is not None:
                yield form.add_prefix(name), field.queryset.model


def _filled(context: Any) -> dict[str, Any]:
    """Return what a browser would post when nothing was typed."""
    data: dict[str, Any] = {}
    management = [part.formset.management_form for part in context["inline_admin_formsets"]]
    for form in [*_forms(context), *management]:
        for field in form:
            value = field.value()
            if isinstance(value, bool | type(None)):
                data |= {field.html_name: "on"} if value else {}
            else:
                data[field.html_name] = [getattr(v, "pk", v) for v in value] if isinstance(value, list) else value
    return data


def _has_fault(context: Any, name: str) -> bool:
    return any(form.add_prefix(field) == name for form in _forms(context) for field in form.errors)
