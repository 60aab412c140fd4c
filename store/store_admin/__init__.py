"""The store owners' admin at `/store-admin/`: one site, in which a person sees the chosen store and nobody else's.

`site` has the site, `tenancy` the base of every admin and inline, `checks` what refuses an admin that forgets to
scope something. Each noun is a module; all modules of this package are imported when the app is ready.
It must never show or take a row of a store that is not `request.store`, nor write past the product's services.
"""
