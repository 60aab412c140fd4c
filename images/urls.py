"""Routes of Fluximage."""

from django.urls import URLPattern, path

from images import views

app_name = "images"
urlpatterns: list[URLPattern] = [
    path("api/compress", views.CompressView.as_view(), name="compress"),
    path("api/usage", views.UsageView.as_view(), name="usage"),
    path("api/download/<uuid:result_id>", views.DownloadView.as_view(), name="download"),
]
