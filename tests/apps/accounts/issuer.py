"""A small OpenID Connect issuer on the loopback, and somebody's browser that walks through it.

It signs what it is told to, so that a test can have it lie in one point at a time.
"""

import json
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "rapport", "shared with the issuer alone"


class Issuer:
    """Serves discovery, keys, tokens and what it knows of somebody; `claims` and `told` are what it says."""

    def __init__(self):
        self.key = self.published = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims, self.told, self.waiting = {}, {}, {}
        self.names_itself = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        """Answers nobody any more."""
        self.server.shutdown()
        self.server.server_close()

    def document(self):
        return {
            "issuer": self.names_itself or self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "userinfo_endpoint": f"{self.address}/userinfo",
        }

    def keys(self):
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.published.public_key()))
        return {"keys": [{**key, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def vouch(self, address):
        """What its page does once somebody has signed in there: a code for the way back."""
        words = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.waiting)}"
        self.waiting[code] = words
        return words["redirect_uri"] + "?" + urlencode({"code": code, "state": words["state"]})

    def token(self, form):
        """The signed answer to a code that this client was given, if it proves that it asked for it."""
        words = self.waiting.pop(form["code"][0])
        assert (form["client_id"], form["client_secret"]) == ([CLIENT], [SECRET])
        proof = jwt.utils.base64url_encode(sha256(form["code_verifier"][0].encode()).digest()).decode()
        assert (words["code_challenge_method"], words["code_challenge"]) == ("S256", proof)
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": words["nonce"]}
        signed = jwt.encode(claims | self.claims, self.key, "RS256", headers={"kid": "one"})
        return {"access_token": "opens userinfo", "token_type": "Bearer", "id_token": signed}


def _handler(issuer):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/authorize"):
                self.send_response(302)
                self.send_header("Location", issuer.vouch(self.path))
                self.end_headers()
                return
            answers = {
                "/.well-known/openid-configuration": issuer.document,
                "/keys": issuer.keys,
                "/userinfo": lambda: issuer.told,
            }
            self._answer(answers[self.path]())

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(issuer.token(parse_qs(body)))

        def _answer(self, words):
            content = json.dumps(words).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler
