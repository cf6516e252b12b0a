"""uvicorn's protocol, but a request that offers another protocol is read as any other.

This server speaks nothing but HTTP/1.1, and whoever does not take an offer ignores it (RFC 9110, 7.8). `curl --http2`
makes one with every request. The parser however takes each offer for accepted: it ends the request with its head, and
so loses the body. So it gets that head again, without the offer, before what follows it.
"""

import httptools

from .coalescing import CoalescingProtocol


class IgnoreUpgradeProtocol(CoalescingProtocol):
    """One connection.

    `declined` is the head of a request that offered to change protocols, until it has been read again; empty nearly
    always.
    """

    declined = b""

    def data_received(self, data: bytes) -> None:
        """Parse; as in uvicorn, but for offers."""
        self._unset_keepalive_if_required()
        rest: bytes | memoryview = data
        try:
            while rest:
                rest = self._feed(rest)
        except httptools.HttpParserError:
            msg = "Invalid HTTP request received."
            self.logger.warning(msg)
            self.send_400_response(msg)

    def on_headers_complete(self) -> None:
        """Go on, or keep the head to read it again."""
        # CONNECT is an offer by itself: there is no header that could be left out.
        if not self.parser.should_upgrade() or self.parser.get_method() == b"CONNECT":
            super().on_headers_complete()
            return
        first = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        lines = [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.declined = b"\r\n".join([first, *lines, b"", b""])

    def on_message_complete(self) -> None:
        """Go on, unless it is only the parser that believes so."""
        if not self.declined:
            super().on_message_complete()

    def _feed(self, data: bytes | memoryview) -> bytes | memoryview:
        """Parse up to the end, or to that of the next head with an offer; what remains."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            head, self.declined = self.declined, b""
            if head:
                self.parser.feed_data(head)
                return memoryview(data)[offer.args[0] :]
        return b""
