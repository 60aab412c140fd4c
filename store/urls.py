"""Routes of FluxStore."""

from django.urls import URLPattern, path

from store import category_views, key_views, package_views, server_views

urlpatterns: list[URLPattern] = [
    path("api/v1/categories", category_views.CategoryListView.as_view()),
    path("api/v1/categories/<uuid:pk>", category_views.CategoryDetailView.as_view()),
    path("api/v1/packages", package_views.PackageListView.as_view()),
    path("api/v1/packages/<uuid:pk>", package_views.PackageDetailView.as_view()),
    path("api/v1/servers", server_views.ServerListView.as_view()),
    path("api/stores/<str:store_id>/api-keys", key_views.StoreKeyListView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>", key_views.StoreKeyDetailView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>/regenerate", key_views.StoreKeyRegenerateView.as_view()),
]
