"""Routes of FluxStore."""

from django.urls import URLPattern, path

from store import ban_views, card_views, coupon_views, key_views, sale_views, views

urlpatterns: list[URLPattern] = [
    path("api/v1/packages", views.PackageListView.as_view()),
    path("api/v1/packages/<uuid:pk>", views.PackageDetailView.as_view()),
    path("api/v1/coupons", coupon_views.CouponListView.as_view()),
    path("api/v1/coupons/<uuid:pk>", coupon_views.CouponDetailView.as_view()),
    path("api/v1/sales", sale_views.SaleListView.as_view()),
    path("api/v1/sales/<uuid:pk>", sale_views.SaleDetailView.as_view()),
    path("api/v1/gift-cards", card_views.GiftCardListView.as_view()),
    path("api/v1/gift-cards/<uuid:pk>", card_views.GiftCardDetailView.as_view()),
    path("api/v1/gift-cards/<uuid:pk>/adjust", card_views.GiftCardAdjustView.as_view()),
    path("api/v1/gift-cards/<uuid:pk>/void", card_views.GiftCardVoidView.as_view()),
    path("api/v1/gift-cards/<uuid:pk>/transactions", card_views.GiftCardTransactionListView.as_view()),
    path("api/v1/bans", ban_views.BanListView.as_view()),
    path("api/v1/bans/<uuid:pk>", ban_views.BanDetailView.as_view()),
    path("api/v1/servers", views.ServerListView.as_view()),
    path("api/stores/<str:store_id>/api-keys", key_views.StoreKeyListView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>", key_views.StoreKeyDetailView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>/regenerate", key_views.StoreKeyRegenerateView.as_view()),
]
