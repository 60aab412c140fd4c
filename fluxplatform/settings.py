"""Every setting of the platform, read once from the environment.

Two sets of parts share this file. The embedded default needs no service: SQLite, local files and a
filesystem broker under `VAR_DIR`. Production (`PRODUCTION=true`) insists on what it cannot guess.
Any variable may come from a file instead: `SECRET_KEY_FILE=/run/secrets/secret_key`.
`.env.example` names and explains every variable.
"""

from pathlib import Path

from cloud.configuration import CROSS_ORIGIN_PATHS
from fluxplatform import admin_sites, logs
from fluxplatform.enums import ENUM_NAMES
from fluxplatform.environment import Environment, cores, embedded_secret
from fluxplatform.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

PRODUCTION = env.bool("PRODUCTION", default=False)
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = env.required("SECRET_KEY", "") or embedded_secret(VAR_DIR)
# Seal the secrets of providers' servers: the first seals, all of them open.
PULL_SECRET_KEYS = env.sealing_keys("PULL_SECRET_KEYS", lambda: embedded_secret(VAR_DIR, "pull_secret_key", 32))
# Hash the codes of gift cards: the first makes a new card's digest, all of them find one.
GIFT_CODE_KEYS = env.hashing_keys("GIFT_CODE_KEYS", SECRET_KEY)
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
PORT = env.int("PORT", default=8000)
WS_PORT = env.int("WS_PORT", default=PORT + 1)
BASE_URL = env.base_url(ALLOWED_HOSTS, PORT)
REDIS_URL = env.str("REDIS_URL", default="")
WEB_WORKERS = env.int("WEB_WORKERS", default=1)
WEB_THREADS = env.int("WEB_THREADS", default=8)
IMAGE_WORKERS = env.count("IMAGE_WORKERS", default=cores(), least=1)
IMAGE_QUEUE = env.count("IMAGE_QUEUE", default=8 * IMAGE_WORKERS, least=0)
EGRESS_ALLOWED_NETWORKS = env.networks("EGRESS_ALLOWED_NETWORKS")
CLOUD = env.cloud()

# --- Applications -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "corsheaders",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "api",
    "egress",
    "audit",
    "accounts",
    "plans",
    "apikeys",
    "providers",
    "store",
    "links",
    "images",
    "cloud",
    "fluxplatform",
]
SITE_ID = 1

MIDDLEWARE = [
    "links.middleware.BareRedirectMiddleware",
    "api.middleware.RequestContextMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "fluxplatform.probes.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "api.middleware.InputHygieneMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "api.middleware.ChosenRowsMiddleware",
]

ROOT_URLCONF = "fluxplatform.urls"
WSGI_APPLICATION = "fluxplatform.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Data ---------------------------------------------------------------------------------------------

DATABASES = {"default": env.database(env.required("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}"))}
DATABASE = DATABASES["default"]
# With the database away, a request fails after a second instead of holding one of the few threads for ten: the
# redirects that need no database go on meanwhile. Each request after it tries anew.
POOL_WAITS = {"timeout": 1, "reconnect_timeout": 0}
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000;",
    }
    DATABASE["CONN_MAX_AGE"] = None
else:
    # The address may carry options of its own, such as sslmode.
    DATABASE.setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": WEB_THREADS + 2} | POOL_WAITS
    DATABASE["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, dict[str, object]] = {
    "default": {
        "BACKEND": "api.caches.GuardedRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},
    }
    if REDIS_URL
    # The counters of sign-in limits live here: a small cache would forget them under load.
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
}
# Redis in production; one process: a dictionary; several processes without Redis: a SQLite file.
THROTTLE_BACKEND = env.throttle_backend(REDIS_URL, WEB_WORKERS)

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "images": env.file_storage("IMAGE_STORAGE_URL"),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG

# --- Tasks --------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="") or REDIS_URL or "filesystem://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
if CELERY_BROKER_URL == "filesystem://":
    BROKER_DIR = VAR_DIR / "broker"
    for folder in ("queue", "control"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.2,  # seconds; the default of 1 would be felt at each task and at Ctrl-C
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # Without it an unacknowledged task of a killed worker is restored only every tenth look.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"unacked_restore_throttle": 1, "visibility_timeout": 3600}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = SCHEDULE

# --- People -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["accounts.hashers.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/dashboard/"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Flux Platform] "
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if BASE_URL.startswith("https") else "http"
NUM_PROXIES = env.int("NUM_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = NUM_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Flux Platform"
USERSESSIONS_TRACK_ACTIVITY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"  # noqa: S105 - a class path
HEADLESS_JWT_ALGORITHM = "HS256"
# The session behind a token is looked up at every call, so signing out ends the token at once.
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Flux Platform <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- HTTP ---------------------------------------------------------------------------------------------

APPEND_SLASH = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])
CSRF_FAILURE_VIEW = "api.handlers.csrf_failure"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NUM_PROXIES else None
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# Pages of the origins that the operator names may call Flux Cloud, with a header of their own and never a cookie.
CORS_ALLOWED_ORIGINS = CLOUD.cors_origins
CORS_URLS_REGEX = CROSS_ORIGIN_PATHS
CORS_ALLOW_METHODS = ("GET", "HEAD", "POST")
CORS_ALLOW_HEADERS = ("content-type", "zelidauth", "enterprise-key")
CORS_EXPOSE_HEADERS = ("age", "etag", "fluxnode", "retry-after", "x-cache", "x-flux-backend", "x-request-id")

RATELIMIT_IP_META_KEY = "api.addresses.client_address"
RATELIMIT_FAIL_OPEN = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["api.renderers.OrjsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.renderers.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "api.openapi.ProductAutoSchema",
    "EXCEPTION_HANDLER": "api.handlers.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": NUM_PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Flux Platform",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_PUBLIC": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
}

UNFOLD, UNFOLD_STORE = admin_sites.UNFOLD, admin_sites.UNFOLD_STORE

# --- Language, time, logs -----------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOGGING_CONFIG = None
logs.configure(
    level=env.str("LOG_LEVEL", default="INFO"),
    json_lines=env.str("LOG_FORMAT", default="json" if PRODUCTION else "console") == "json",
)
