"""Signing in elsewhere: OpenID Connect by authorisation code with PKCE.

Admission rule: what the standard says between this installation and one provider. Whom it lets in, the desk says.
"""
