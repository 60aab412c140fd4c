"""What a coupon, a sale or a gift card is good for, as people choose it: one question instead of two."""

from typing import Any, ClassVar

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from store.models import Category, Reaching
from store.pricing import Scope
from store.services.reaches import ALL, SPECIFIC
from store.store_admin.category_choices import CategoriesField, path_of, tree_order
from store.store_admin.forms import TenantForm

# What the form says → the scope, and the package scope of a coupon.
EVERY_PACKAGE = "every_package"
WORDS = {
    Scope.STORE.value: "The whole store",
    Scope.CATEGORIES.value: "Some categories",
    Scope.PACKAGES.value: "Some packages",
    EVERY_PACKAGE: "Every package, unit by unit",
}
REACH_FIELDS = ["applies_to", "categories", "packages"]
REACH_NAMES = {"applicationScope": "applies_to", "packageScope": "applies_to"}


class ReachForm(TenantForm):
    """A form of what reaches the store, some categories or some packages.

    is_fixed: whether that stays once the row is made.
    """

    is_fixed: ClassVar[bool] = True
    applies_to = forms.ChoiceField(
        label="Applies to",
        choices=[item for item in WORDS.items() if item[0] != EVERY_PACKAGE],
        widget=UnfoldAdminSelectWidget,
        help_text="Then choose the categories or the packages below, and leave the other list empty.",
    )
    categories = CategoriesField(
        queryset=Category.objects.all(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="A category reaches the levels below it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["applies_to"] = _word_of(self.instance)
            for name in REACH_FIELDS if self.is_fixed else ():
                self.fields.pop(name, None)
        if "categories" in self.fields:
            field: Any = self.fields["categories"]
            field.queryset = field.queryset.order_by(*tree_order())


def reach_of(fields: dict[str, Any], *, says_package_scope: bool = False) -> dict[str, Any]:
    """Return the fields with the answer in the words of the services. says_package_scope: as coupons do."""
    given = dict(fields)
    if "applies_to" not in given:
        return given
    word = given.pop("applies_to")
    is_every = word == EVERY_PACKAGE
    given["reach_scope"] = Scope.PACKAGES if is_every else Scope(word)
    if says_package_scope and given["reach_scope"] == Scope.PACKAGES:
        given["package_scope"] = ALL if is_every else SPECIFIC
    return {name: value for name, value in given.items() if name not in {"categories", "packages"} or value}


def reach_in_words(row: Reaching) -> str:
    """Return what a row is good for, with names; bring `categories__parent__parent` and `packages`."""
    scope = Scope(row.reach_scope)
    if scope == Scope.CATEGORIES:
        names = [path_of(category) for category in row.categories.all()]
        return f"Categories: {', '.join(names) or 'none any more'}"
    if scope == Scope.PACKAGES and not row.covers_all_packages:
        names = [package.name for package in row.packages.all() if package.hidden_at is None]
        return f"Packages: {', '.join(names) or 'none any more'}"
    return WORDS[_word_of(row)]


def _word_of(row: Reaching) -> str:
    return EVERY_PACKAGE if row.covers_all_packages else Scope(row.reach_scope).value
