"""What a coupon, a sale or a gift card is good for."""

from django.db import models

from store.models.catalogue import Category, Package
from store.pricing import Reach, Scope


class Reaching(models.Model):
    """The base of what covers the store, some categories or some packages.

    An empty set covers nothing: deleting the last category of a sale never makes it store-wide.
    """

    reach_scope = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Scope])
    categories = models.ManyToManyField(Category, blank=True, related_name="+")
    packages = models.ManyToManyField(Package, blank=True, related_name="+")
    covers_all_packages = models.BooleanField(default=False)

    class Meta:
        abstract = True

    @property
    def reach(self) -> Reach:
        """Return the reach as pricing wants it; bring `categories` and `packages` by prefetch for many rows.

        Only the set of its own scope is read.
        """
        scope = Scope(self.reach_scope)
        if scope == Scope.CATEGORIES:
            return Reach(scope, category_ids=frozenset(category.pk for category in self.categories.all()))
        if scope == Scope.PACKAGES and not self.covers_all_packages:
            return Reach(scope, frozenset(package.pk for package in self.packages.all()))
        return Reach(scope)
