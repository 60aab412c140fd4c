"""Routes of Fluximage."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt

from images import download_views, pages, views

app_name = "images"
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/compress", views.CompressView.as_view(), name="compress"),
    path("api/jobs/<uuid:job_id>", views.JobView.as_view(), name="job"),
    path("api/usage", views.UsageView.as_view(), name="usage"),
    path("api/download/<uuid:result_id>", download_views.DownloadView.as_view(), name="download"),
    path("api/download/<uuid:result_id>/session.zip", download_views.ArchiveView.as_view(), name="archive"),
    path("dashboard/images/", include("images.page_urls")),
    # Exempt, because the page looks for the token itself: see `images.pages.UploadPage`.
    path("images/", csrf_exempt(pages.TryPage.as_view()), name="try"),
]
