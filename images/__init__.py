"""Fluximage, the image compression API: `POST /api/compress`, `GET /api/jobs/<id>` and `GET /api/usage`.

Public names: `images.services.compress` (for an account with or without a key, or for somebody anonymous),
`images.jobs.accept`, `images.codecs` (options in, encoded picture out, refusals with stable codes) and
`images.workers.encode_isolated`, the only way in which a web or task process may have a picture encoded.

It must never decode a picture inside a process that serves requests, trust a file's name for its type,
or import another product.
"""
