"""A provider with scripted responses, byte by byte, which records its requests."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request. The names of headers are in lower case."""

    line: str
    headers: dict[str, str]
    body: Any


class ScriptedProvider:
    """Gives every request the same answer, and closes the connection behind it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._answer = b""
        self._trickles = False
        self._trickling: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """From here on nobody listens. May be called again."""
        self._trickles = False
        self._server.close()
        await self._server.wait_closed()
        await asyncio.gather(*self._trickling)

    def will_answer(
        self,
        status: int,
        body: str = "",
        *,
        content_type: str = "application/json",
        length: int | None = None,
        **headers: str,
    ) -> None:
        """From now on. A `length` beyond the body's is an answer cut off; `Retry_After` is the header Retry-After."""
        known = {"Content-Type": content_type, "Content-Length": str(len(body.encode()) if length is None else length)}
        named = known | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in named.items()), "", body]
        self._answer = "\r\n".join(lines).encode()

    def will_hang_up(self) -> None:
        """From now on, without a word."""
        self._answer = b""

    def will_trickle(self) -> None:
        """From now on: it begins a good answer, goes on with it byte by byte, and never comes to its end."""
        self.will_answer(202, length=1_000_000)
        self._trickles = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *fields = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
        self.asked.append(Asked(line, headers, await _body(reader, headers)))
        writer.write(self._answer)
        await writer.drain()
        if self._trickles:
            self._trickling.add(asyncio.create_task(self._trickle(writer)))
        else:
            writer.close()

    async def _trickle(self, writer: asyncio.StreamWriter) -> None:
        while self._trickles and not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.01)
        writer.close()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> Any:
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return json.loads(body) if body else None
