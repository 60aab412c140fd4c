"""Routes of FluxStore."""

from django.urls import URLPattern, path

from store import coupon_views, key_views, views

urlpatterns: list[URLPattern] = [
    path("api/v1/packages", views.PackageListView.as_view()),
    path("api/v1/packages/<uuid:pk>", views.PackageDetailView.as_view()),
    path("api/v1/coupons", coupon_views.CouponListView.as_view()),
    path("api/v1/coupons/<uuid:pk>", coupon_views.CouponDetailView.as_view()),
    path("api/v1/servers", views.ServerListView.as_view()),
    path("api/stores/<str:store_id>/api-keys", key_views.StoreKeyListView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>", key_views.StoreKeyDetailView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>/regenerate", key_views.StoreKeyRegenerateView.as_view()),
]
