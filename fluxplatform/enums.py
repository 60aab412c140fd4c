"""Names in the OpenAPI documents for choices: several products have fields named `type`, `status` and `format`."""

ENUM_NAMES = {
    "ProviderType": "providers.models.ProviderType",
    "PackageType": "store.models.PackageType",
    "CommandType": "store.models.CommandType",
    "CardStatus": "store.models.CardStatus",
    "LedgerType": "store.models.EntryKind",
    "ApplicationScope": "store.reaches.ONE",
    "CouponScope": "store.reaches.MANY",
    "PullFormat": "providers.models.PullFormat",
    "RunStatus": "providers.models.RunStatus",
}
