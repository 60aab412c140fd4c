"""What the scheduler starts, and how often."""

from datetime import timedelta

SCHEDULE = {
    "move-purchases-on": {"task": "store.tasks.move_on", "schedule": timedelta(minutes=1)},
    "keep-sums-of-sales": {"task": "store.tasks.keep_sums", "schedule": timedelta(minutes=1)},
    "ingest-clicks": {"task": "links.tasks.ingest_clicks", "schedule": timedelta(seconds=5)},
    "tidy-links": {"task": "links.tasks.tidy", "schedule": timedelta(hours=1)},
    "pull-due-providers": {"task": "providers.tasks.pull_due", "schedule": timedelta(minutes=1)},
    "tidy-pulls": {"task": "providers.tasks.tidy_pulls", "schedule": timedelta(days=1)},
    "check-uptime": {"task": "providers.tasks.check_uptime", "schedule": timedelta(minutes=1)},
    "forget-uptime": {"task": "providers.tasks.forget_uptime", "schedule": timedelta(days=1)},
    "finish-closing": {"task": "accounts.tasks.finish_closing", "schedule": timedelta(hours=1)},
    "forget-old-clicks": {"task": "links.tasks.forget_clicks", "schedule": timedelta(days=1)},
    "forget-idempotent-answers": {"task": "apikeys.tasks.forget_answers", "schedule": timedelta(hours=1)},
    "delete-expired-images": {"task": "images.tasks.delete_expired", "schedule": timedelta(minutes=1)},
    "rescue-image-jobs": {"task": "images.tasks.rescue_jobs", "schedule": timedelta(minutes=1)},
    "tidy-cloud": {"task": "cloud.tasks.tidy", "schedule": timedelta(minutes=5)},
    "count-provider-nodes": {
        "task": "fluxplatform.tasks.count_provider_nodes",
        "schedule": timedelta(hours=1),
    },
    # A check that waited for longer than until the next one says nothing.
    "check-flux-nodes": {
        "task": "cloud.tasks.check_nodes",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "delete-orphaned-images": {"task": "images.tasks.delete_orphans", "schedule": timedelta(hours=1)},
}
