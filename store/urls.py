"""Routes of FluxStore."""

from django.urls import URLPattern, path

from store import key_views, server_views
from store.batches import batched
from store.category_views import CategoryDetailView, CategoryListView
from store.package_views import PackageDetailView, PackageListView

urlpatterns: list[URLPattern] = [
    path("api/v1/categories", CategoryListView.as_view()),
    path("api/v1/categories/batch", batched(CategoryListView, CategoryDetailView).as_view()),
    path("api/v1/categories/<uuid:pk>", CategoryDetailView.as_view()),
    path("api/v1/packages", PackageListView.as_view()),
    path("api/v1/packages/batch", batched(PackageListView, PackageDetailView).as_view()),
    path("api/v1/packages/<uuid:pk>", PackageDetailView.as_view()),
    path("api/v1/servers", server_views.ServerListView.as_view()),
    path("api/stores/<str:store_id>/api-keys", key_views.StoreKeyListView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>", key_views.StoreKeyDetailView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>/regenerate", key_views.StoreKeyRegenerateView.as_view()),
]
