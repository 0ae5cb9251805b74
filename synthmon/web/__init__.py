"""Pages, API and metrics: what people and machines look at.

Admission rule: reading through the store's port and acting through `ports`; nothing is judged, decided or probed here.
The only room with asynchronous code, and only where the server asks for it.
"""
