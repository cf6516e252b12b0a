"""Replies of JSON, compressed where that is worth it."""

import gzip
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..execution.response_memory import reserve_response
from ..http.constant import LEAST_COMPRESSED
from ..http.negotiation import accepts_gzip

MOST_COMPRESSED: Final = 524_288
"""Bytes above which it takes longer than the event loop should wait: half a millisecond."""


class JsonReply(Response):
    """JSON that is already bytes."""

    media_type = "application/json"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if LEAST_COMPRESSED <= len(self.body) <= MOST_COMPRESSED and accepts_gzip(scope):
            # The fastest level: a trace of 5 kB becomes 1 kB in 15 microseconds.
            self.body = gzip.compress(self.body, compresslevel=1, mtime=0)
            # Not by `headers`, which takes as long again.
            self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]
            self.raw_headers.append((b"content-length", b"%d" % len(self.body)))
            self.raw_headers.append((b"content-encoding", b"gzip"))
        reserve_response(scope["app"].state.held, len(self.body))
        self.raw_headers.append((b"vary", b"Accept-Encoding"))
        await super().__call__(scope, receive, send)
