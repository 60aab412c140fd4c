"""App config of plans."""

from django.apps import AppConfig

from accounts.sections import Section


class PlansConfig(AppConfig):
    """Plans, subscriptions, usage."""

    name = "plans"
    sections = (Section("Plans and usage", "plans:overview", "gauge", group="Account"),)
    dashboard_panels = ("plans.pages.overview_panel",)
