"""How signing in is fitted to this product.

Nobody makes an account unasked, and a closed one opens nothing. Where the installation names an OpenID Connect issuer,
people who were invited may come in by it: whom it names is known by issuer and subject, which never change, and an
address counts once, when the link is made, and only if the issuer vouches for it.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import jwt
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.adapter import get_adapter as company_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from requests import RequestException

from rapport.apps.accounts.actions import Identity, join_by_identity, link_identity
from rapport.domain.refusals import Refused

_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_CLOCKS_DIFFER = 60
_LONGEST_SUBJECT = 191
_LONGEST_NAME = 200


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Accounts come by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an account belongs to an organisation, and only an invitation says to which."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; where it cannot be handed in, say so instead of going on, to known addresses or not."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:
            told = "No mail can be sent just now. Try again later, sign in another way, or tell who runs this site."
            raise ImmediateHttpResponse(turned_away(self.request, told, 503)) from error


class Client(OAuth2Client):  # type: ignore[misc]
    """What is asked of the issuer: to repeat in what it signs a word that only this browser's sign-in has."""

    def get_redirect_url(self, authorization_url: str, scope: list[str], extra_params: dict[str, str]) -> str:
        """The issuer's page, for one sign-in."""
        words = {**extra_params, "nonce": _nonce(str(self.state))}
        return str(super().get_redirect_url(authorization_url, scope, words))


class Issuer(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The issuer this installation trusts, and how its answers are checked."""

    client_class = Client

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the issuer says of itself; refused where that is another issuer's."""
        try:
            config: dict[str, Any] = super().openid_config
            named = str(config["issuer"])
        except (RequestException, ValueError, KeyError, TypeError) as error:
            raise OAuth2Error("The issuer does not answer.") from error
        if named.rstrip("/") != self.get_provider().app.settings["server_url"]:
            raise OAuth2Error("The issuer calls itself by another name.")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Where the issuer sends people back to."""
        return str(build_absolute_uri(request, reverse("accounts:company_back")))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> Any:
        """Whom the issuer names, once everything it signed has been checked."""
        try:
            claims = self._claims(app, kwargs["response"]["id_token"], _nonce(request.GET["state"]))
            if "email" not in claims and "userinfo_endpoint" in self.openid_config:
                claims |= self._said_elsewhere(token.token, claims["sub"])
        except (RequestException, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            raise OAuth2Error("The issuer's answer does not hold.") from error
        kept: dict[str, Any] = {word: claims[word] for word in ("sub", "email", "email_verified") if word in claims}
        if not all(str(claim).isprintable() for claim in kept.values()):
            raise OAuth2Error("The issuer's answer holds characters that no database keeps.")
        kept["name"] = "".join(filter(str.isprintable, str(claims.get("name") or "")))[:_LONGEST_NAME]
        return self.get_provider().sociallogin_from_response(request, {"id_token": kept})

    def _claims(self, app: SocialApp, signed: str, nonce: str) -> dict[str, Any]:
        """What the issuer signed for this application and this very sign-in; the signature is always checked."""
        with company_adapter().get_requests_session() as session:
            found = session.get(self.openid_config["jwks_uri"])
            found.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(found.json()).keys
        name = jwt.get_unverified_header(signed).get("kid")
        if (key := next((key for key in keys if name in (None, key.key_id)), None)) is None:
            raise OAuth2Error("The answer is signed with a key that the issuer does not publish.")
        claims: dict[str, Any] = jwt.decode(
            signed, key, algorithms=_SIGNED_BY, audience=app.client_id, issuer=self.openid_config["issuer"],
            leeway=_CLOCKS_DIFFER, options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )  # fmt: skip
        if claims.get("nonce") != nonce or claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The answer was made for another sign-in.")
        if not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT:
            raise OAuth2Error("The issuer's subject is too long to be kept.")
        return claims

    def _said_elsewhere(self, access: str, subject: str) -> dict[str, Any]:
        """Address and name where the issuer tells them apart from what it signs; of this subject and no other."""
        told: dict[str, Any] = self._fetch_user_info(access)
        if told["sub"] != subject:
            raise OAuth2Error("The issuer told about somebody else.")
        return {word: told[word] for word in ("email", "email_verified", "name") if word in told}


class Company(OpenIDConnectProvider):  # type: ignore[misc]
    """The company's own sign-in, by name."""

    oauth2_adapter_class = Issuer


class CompanyAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who may come in by the company's own sign-in."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never, see `Adapter`."""
        return False

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Company:
        """The one issuer of this installation."""
        return Company(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let in whom the issuer names if they are linked; else link them, by invitation or by a vouched address."""
        if sociallogin.is_existing:
            return
        secret = (sociallogin.state.get("data") or {}).get("invitation")
        identity, now = _identity(sociallogin), datetime.now(UTC)
        try:
            if secret:
                join_by_identity(secret=secret, identity=identity, at=now)
            else:
                link_identity(identity=identity, at=now)
        except Refused as refusal:
            raise ImmediateHttpResponse(turned_away(request, str(refusal), 403)) from None
        sociallogin.lookup()

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        """Say that the issuer's answer was none, and the way back."""
        told = f"{provider.name} did not say who you are, or its answer came too late. Start again from this page."
        raise ImmediateHttpResponse(turned_away(request, told, 401))


def leave(request: HttpRequest, invitation: str = "") -> HttpResponse:
    """Send a browser to the issuer's page, to come back signed in."""
    company = _company(request)
    try:
        answer: HttpResponse = company.redirect(
            request, AuthProcess.LOGIN, next_url=get_next_redirect_url(request), data={"invitation": invitation}
        )
    except OAuth2Error:
        told = f"{company.name} does not answer just now. Try again later, or sign in another way."
        return turned_away(request, told, 503)
    return answer


def come_back(request: HttpRequest) -> HttpResponse:
    """Take a browser back from the issuer, with its answer for the sign-in that was begun here."""
    company = _company(request)
    if request.GET.get("iss", company.app.settings["server_url"]).rstrip("/") != company.app.settings["server_url"]:
        return turned_away(request, "Another issuer answered than the one that was asked. Start again.", 401)
    answer: HttpResponse = OAuth2CallbackView.adapter_view(Issuer(request, company.app.provider_id))(request)
    return answer


def turned_away(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    """A page that says why somebody does not get in, and nothing about others."""
    return render(request, "accounts/refused.html", {"title": "You are not signed in", "reason": reason}, status=status)


def _company(request: HttpRequest) -> Company:
    try:
        return Company(request, app=company_adapter(request).get_app(request, provider=Company.id))
    except SocialApp.DoesNotExist:
        raise Http404 from None


def _identity(sociallogin: Any) -> Identity:
    """Whom the issuer names. An address for which it does not vouch in so many words is none."""
    account = sociallogin.account
    claims = account.extra_data["id_token"]
    address = claims.get("email") if claims.get("email_verified") is True else ""
    return Identity(account.provider, account.uid, _lower(str(address or "")), claims["name"])


def _lower(address: str) -> str:
    """An address as accounts have it; letters beyond ASCII stay, since some of them turn into others' when lowered."""
    return address.strip().lower() if address.isascii() else address.strip()


def _nonce(state: str) -> str:
    return sha256(state.encode()).hexdigest()
