"""What programs ask: the routes under `/api`, health and metrics.

Admission rule: a route is a line of `routes`, its answer reads through the store's port or acts through `ports`, and
what goes out is JSON (or text for Prometheus), never a page.
"""
