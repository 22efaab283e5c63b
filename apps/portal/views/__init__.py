"""Pages: each view translates the request, calls once, and renders."""
