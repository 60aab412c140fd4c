"""Routes of the start page and of the signed-in shell."""

from django.urls import URLPattern, path

from accounts import closing_pages, member_pages, pages

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("", pages.HomePage.as_view(), name="home"),
    path("dashboard/", pages.DashboardPage.as_view(), name="dashboard"),
    path("dashboard/switch/", pages.SwitchPage.as_view(), name="switch"),
    path("dashboard/security/", pages.SecurityPage.as_view(), name="security"),
    path("dashboard/members/", member_pages.MembersPage.as_view(), name="members"),
    path("dashboard/members/<int:pk>/role/", member_pages.MemberRolePage.as_view(), name="member-role"),
    path("dashboard/members/<int:pk>/remove/", member_pages.MemberRemovePage.as_view(), name="member-remove"),
    path("dashboard/security/delete/", closing_pages.PersonDeletePage.as_view(), name="person-delete"),
    path("dashboard/account/close/", closing_pages.AccountClosePage.as_view(), name="account-close"),
    path("dashboard/account/name/", member_pages.AccountNamePage.as_view(), name="account-name"),
]
