"""Which connection is closed where the limit is reached."""

from app.execution.connections import MAX_REFUSED, ConnectionLimiter

ALICE, BOB, CAROL = "192.0.2.1", "192.0.2.2", "2001:db8::/64"


class Connection:
    def __init__(self, limiter: ConnectionLimiter, key: str, busy: bool = False) -> None:
        self.evicted = False
        self.admitted = limiter.admit(self, key)
        if busy:
            limiter.set_waiting(self, False)

    def evict(self) -> None:
        assert not self.evicted
        self.evicted = True


def opened(limiter: ConnectionLimiter, key: str, count: int, busy: bool = False) -> list[Connection]:
    return [Connection(limiter, key, busy) for _ in range(count)]


def evicted(connections: list[Connection]) -> list[int]:
    return [number for number, connection in enumerate(connections) if connection.evicted]


def test_client_with_most_connections_loses_those_that_wait_longest() -> None:
    limiter = ConnectionLimiter(10)
    alice, bob = opened(limiter, ALICE, 7), opened(limiter, BOB, 3)
    limiter.set_waiting(alice[0], False)
    limiter.set_waiting(alice[0], True)  # it has just been answered
    carol = opened(limiter, CAROL, 2)
    assert evicted(alice) == [1, 2]
    assert evicted(bob) == evicted(carol) == []
    assert all(connection.admitted for connection in carol)


def test_one_client_alone_replaces_its_own_connections() -> None:
    limiter = ConnectionLimiter(10)
    alice = opened(limiter, ALICE, 25)
    assert evicted(alice) == list(range(15))


def test_two_clients_that_ask_without_end_share_equally() -> None:
    limiter = ConnectionLimiter(10)
    alice, bob = opened(limiter, ALICE, 50), opened(limiter, BOB, 50)
    assert len(evicted(alice)) == len(evicted(bob)) == 45


def test_busy_connections_are_safe_up_to_half() -> None:
    limiter = ConnectionLimiter(10)
    alice, bob = opened(limiter, ALICE, 5, busy=True), opened(limiter, BOB, 5, busy=True)
    assert not Connection(limiter, ALICE).admitted
    assert not Connection(limiter, CAROL).admitted
    assert evicted(alice) == evicted(bob) == []


def test_client_with_more_than_half_busy_loses_the_newest_to_another() -> None:
    limiter = ConnectionLimiter(10)
    alice = opened(limiter, ALICE, 10, busy=True)
    assert not Connection(limiter, ALICE).admitted
    bob = opened(limiter, BOB, 6, busy=True)
    assert evicted(alice) == [5, 6, 7, 8, 9]
    assert [connection.admitted for connection in bob] == [True] * 5 + [False]


def test_proxy_keeps_its_busy_connections() -> None:
    limiter = ConnectionLimiter(10, ["192.0.2.0/24"])
    proxy = opened(limiter, ALICE, 10, busy=True)
    assert not Connection(limiter, CAROL).admitted
    assert evicted(proxy) == []


def test_small_client_loses_nothing_to_a_larger_one() -> None:
    limiter = ConnectionLimiter(10)
    opened(limiter, ALICE, 7, busy=True)
    bob = opened(limiter, BOB, 3)
    assert not Connection(limiter, ALICE).admitted
    assert evicted(bob) == []


def test_closed_connections_make_room() -> None:
    limiter = ConnectionLimiter(2)
    alice = opened(limiter, ALICE, 2, busy=True)
    assert not Connection(limiter, ALICE).admitted
    limiter.remove(alice[0])
    limiter.remove(alice[0])
    assert Connection(limiter, ALICE).admitted


def test_refused_connections_that_linger_are_bounded() -> None:
    limiter = ConnectionLimiter(1)
    opened(limiter, ALICE, 1, busy=True)
    refused = opened(limiter, ALICE, MAX_REFUSED + 3)
    assert evicted(refused) == [0, 1, 2]
