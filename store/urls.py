"""Routes of FluxStore."""

from django.urls import URLPattern, path

from store import (
    ban_views,
    card_views,
    category_views,
    coupon_views,
    customer_views,
    key_views,
    order_views,
    package_views,
    sale_views,
    server_views,
    stats_views,
    subscription_views,
)
from store.batches import batched

urlpatterns: list[URLPattern] = [
    path("api/v1/categories", category_views.CategoryListView.as_view()),
    path(
        "api/v1/categories/batch",
        batched(category_views.CategoryListView, category_views.CategoryDetailView).as_view(),
    ),
    path("api/v1/categories/<uuid:pk>", category_views.CategoryDetailView.as_view()),
    path("api/v1/packages", package_views.PackageListView.as_view()),
    path(
        "api/v1/packages/batch", batched(package_views.PackageListView, package_views.PackageDetailView).as_view()
    ),
    path("api/v1/packages/<uuid:pk>", package_views.PackageDetailView.as_view()),
    path("api/v1/coupons", coupon_views.CouponListView.as_view()),
    path("api/v1/coupons/batch", batched(coupon_views.CouponListView, coupon_views.CouponDetailView).as_view()),
    path("api/v1/coupons/<uuid:pk>", coupon_views.CouponDetailView.as_view()),
    path("api/v1/sales", sale_views.SaleListView.as_view()),
    path("api/v1/sales/<uuid:pk>", sale_views.SaleDetailView.as_view()),
    path("api/v1/gift-cards", card_views.GiftCardListView.as_view()),
    path("api/v1/gift-cards/batch", batched(card_views.GiftCardListView, card_views.GiftCardDetailView).as_view()),
    path("api/v1/gift-cards/<uuid:pk>", card_views.GiftCardDetailView.as_view()),
    path("api/v1/gift-cards/<uuid:pk>/adjust", card_views.GiftCardAdjustView.as_view()),
    path("api/v1/gift-cards/<uuid:pk>/void", card_views.GiftCardVoidView.as_view()),
    path("api/v1/gift-cards/<uuid:pk>/transactions", card_views.GiftCardTransactionListView.as_view()),
    path("api/v1/bans", ban_views.BanListView.as_view()),
    path("api/v1/bans/batch", batched(ban_views.BanListView, ban_views.BanDetailView).as_view()),
    path("api/v1/bans/<uuid:pk>", ban_views.BanDetailView.as_view()),
    path("api/v1/orders", order_views.OrderListView.as_view()),
    path("api/v1/orders/<uuid:pk>", order_views.OrderDetailView.as_view()),
    path("api/v1/orders/<uuid:pk>/refund", order_views.OrderRefundView.as_view()),
    path("api/v1/orders/<uuid:pk>/cancel", order_views.OrderCancelView.as_view()),
    path("api/v1/customers", customer_views.CustomerListView.as_view()),
    path("api/v1/customers/<uuid:pk>", customer_views.CustomerDetailView.as_view()),
    path("api/v1/subscriptions", subscription_views.SubscriptionListView.as_view()),
    path("api/v1/subscriptions/<uuid:pk>", subscription_views.SubscriptionDetailView.as_view()),
    path("api/v1/servers", server_views.ServerListView.as_view()),
    path("api/v1/stats", stats_views.StatsView.as_view()),
    path("api/stores/<str:store_id>/api-keys", key_views.StoreKeyListView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>", key_views.StoreKeyDetailView.as_view()),
    path("api/stores/<str:store_id>/api-keys/<uuid:pk>/regenerate", key_views.StoreKeyRegenerateView.as_view()),
]
