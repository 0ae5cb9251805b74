"""Who people and programs are: passwords, sessions, tokens, signing in elsewhere, and what they did.

Admission rule: finding out who somebody is and in which role, and keeping that. What a role may do is the pages' to
say; nothing here knows a request or a page.
"""
