"""How many bytes of replies are made and not taken: who reads nothing must not fill the memory.

A long reply counts from when it is made (that of a training, from before it) until its request ends (`app.account`);
by then it has been handed to the connection, where it counts until its client has taken it or has gone
(`app.server`).
"""

import asyncio
from typing import Final

from ..account import current_account
from .concurrency import BusyError

LONG_REPLY: Final = 65_536
"""Bytes up to which a reply does not count: a connection's own buffer holds as much without saying so."""


class MemoryBudget:
    """The bytes that all long replies of this process hold; beyond `most` no other is made."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0

    def check(self) -> None:
        """Raise `BusyError` if there is no place; where nothing is held, there always is, for a reply of any length."""
        if self._bytes >= self._most:
            raise BusyError("Replies that their clients have not taken yet take too much memory; try again soon", 1)

    def made(self, length: int) -> None:
        """Count a reply of the request under way, until that ends."""
        account = current_account()
        if account is not None and length > LONG_REPLY:
            account.held += length
            self._bytes += length

    def claim(self, length: int) -> None:
        """Count a reply of the request under way, unless one has been counted already, if there is a place for it.

        Raises
        ------
        BusyError
            If there is none. That is before a training begins, and after what is so cheap that it does not matter.
        """
        account = current_account()
        if length > LONG_REPLY and account is not None and not account.held:
            self.check()
            self.made(length)

    def handed_over(self, length: int) -> None:
        """Let the connection count what has been counted as made; it does when it writes, in the loop's next turn."""
        asyncio.get_running_loop().call_soon(self.change, -length)

    def change(self, count: int) -> None:
        """So many bytes more, or fewer, are held."""
        self._bytes += count
