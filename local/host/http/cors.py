"""CORS: which origins may read responses in a browser. In Azure the platform handles this before the app is called.

`Host` in `local.settings.json` holds it, as for Core Tools: `{"CORS": "https://a.example.com,http://localhost:3000",
"CORSCredentials": false}`.
"""

from dataclasses import dataclass

from aiohttp import web

ANY = "*"
METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"


@dataclass(frozen=True)
class Cors:
    """Nobody, unless origins are named."""

    origins: tuple[str, ...] = ()
    with_credentials: bool = False

    def preflight(self, request: web.Request) -> web.Response | None:
        """The answer to a browser that asks whether it may; None for any other request."""
        asked = request.headers.get("Access-Control-Request-Method")
        if request.method != "OPTIONS" or not asked or not self._admits(request):
            return None
        headers = {"Access-Control-Allow-Methods": METHODS}
        if wanted := request.headers.get("Access-Control-Request-Headers"):
            headers["Access-Control-Allow-Headers"] = wanted
        return web.Response(status=204, headers=headers)

    def admit(self, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
        """The answer, for the browser of an origin that is named to be shown to its page."""
        if self.origins:
            answer.headers.add("Vary", "Origin")
        if self._admits(request):
            answer.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            if self.with_credentials:
                answer.headers["Access-Control-Allow-Credentials"] = "true"
        return answer

    def _admits(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin", "").lower()
        return bool(origin) and (ANY in self.origins or origin in self.origins)
