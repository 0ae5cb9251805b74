"""The partner's API: access tokens that expire (OAuth2 client credentials), contacts in pages."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synthmon.demo.bodies import json_object
from synthmon.demo.faults import Faults
from synthmon.demo.goods import Goods

CONTACTS = 120
LARGEST_PAGE = 100
_UPDATED = "2026-01-{day:02d}T09:{minute:02d}:00Z"


class Partner:
    """Answers as the partner's API under `/partner`."""

    def __init__(self, goods: Goods, faults: Faults) -> None:
        self._goods, self._faults = goods, faults

    def routes(self) -> list[Route]:
        return [
            Route("/partner/oauth/token", self.token, methods=["POST"]),
            Route("/partner/v2/contacts", self.contacts),
            Route("/partner/v2/contacts/{contact}", self.contact, methods=["GET", "PATCH"]),
        ]

    async def token(self, request: Request) -> Response:
        """RFC 6749, section 4.4; the client shows itself by Basic authentication or in the form."""
        form = await request.form()
        client = _basic(request) or (str(form.get("client_id", "")), str(form.get("client_secret", "")))
        terms = self._goods.terms
        if "token-refused" in self._faults or client != (terms.client_id, terms.client_secret):
            return _refused("invalid_client", 401)
        if form.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type", 400)
        return JSONResponse(
            {
                "access_token": self._goods.new_token(),
                "token_type": "Bearer",
                "expires_in": int(terms.token_lives),
                "scope": str(form.get("scope", "")),
            },
            headers={"Cache-Control": "no-store"},
        )

    async def contacts(self, request: Request) -> Response:
        if not self._authorised(request):
            return _unauthorised()
        try:
            limit = min(LARGEST_PAGE, max(1, int(request.query_params.get("limit", "50"))))
            start = max(0, int(request.query_params.get("cursor", "0")))
        except ValueError:
            return JSONResponse({"error": "limit and cursor are whole numbers"}, 400)
        items = [self._contact(index) for index in range(start, min(CONTACTS, start + limit))]
        following = str(start + limit) if start + limit < CONTACTS else None
        return JSONResponse({"items": items, "next": following}, headers=_RATE)

    async def contact(self, request: Request) -> Response:
        if not self._authorised(request):
            return _unauthorised()
        contact_id = request.path_params["contact"]
        if contact_id not in (f"synth-{index:04d}" for index in range(CONTACTS)):
            return JSONResponse({"error": "no such contact"}, 404)
        if request.method == "PATCH":
            note = (await json_object(request)).get("note")
            if not isinstance(note, str) or len(note) > 500:
                return JSONResponse({"error": "a note is a text of at most 500 characters"}, 422)
            self._goods.notes.put(contact_id, note)
        return JSONResponse(self._contact(int(contact_id.removeprefix("synth-"))), headers=_RATE)

    def _contact(self, index: int) -> dict[str, Any]:
        contact_id = f"synth-{index:04d}"
        return {
            "id": contact_id,
            "name": f"Synthetic Contact {index}",
            "email": f"contact{index}@example.com",
            "phone": self._phone(index),
            "updated_at": _UPDATED.format(day=1 + index % 28, minute=index % 60),
            "note": self._goods.notes.get(contact_id) or "",
        }

    def _phone(self, index: int) -> str | None:
        if "phone-format" in self._faults and index % 7 == 3:
            return f"030 {1000000 + index}"  # as people write it, not as the contract says (E.164)
        return f"+4930{1000000 + index}" if index % 10 else None

    def _authorised(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._goods.token_is_good(token)


_RATE = {"X-RateLimit-Remaining": "994"}


def _basic(request: Request) -> tuple[str, str] | None:
    """Name and password, each form-encoded before (RFC 6749, section 2.3.1)."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = b64decode(given, validate=True).decode().partition(":")
    except (Base64Error, UnicodeDecodeError):
        return None
    return unquote_plus(name), unquote_plus(password)


def _refused(error: str, status: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="partner"'  # section 5.2
    return JSONResponse({"error": error}, status, headers=headers)


def _unauthorised() -> Response:
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return JSONResponse({"error": "the access token is missing, wrong or has expired"}, 401, headers=headers)
