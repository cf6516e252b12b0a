"""Speaks HTTP/1.1 by uvicorn's httptools protocol, with strict message framing, limits and fewer writes.

This package depends on internals of uvicorn, which may change with any of its minor versions:

- `uvicorn.protocols.http.httptools_impl.HttpToolsProtocol`: its constructor; its parser callbacks and what they keep
  (`url`, `headers`, `scope`, `expect_100_continue`); `cycle`, `flow`, `client`, `root_path`, `connections`,
  `server_state.default_headers`, `timeout_keep_alive_task`, `_unset_keepalive_if_required`, `on_response_complete`,
  `shutdown`; and `STATUS_LINE`.
- `uvicorn.protocols.http.httptools_impl.RequestResponseCycle`: `body`, `disconnected`, `keep_alive`, `message_event`,
  `response_started`, `response_complete`; and that it ends a connection by `transport.close()`.
- `uvicorn.protocols.http.flow_control`: `FlowControl` and `HIGH_WATER_LIMIT`.
- that the state which the application's lifespan yields is given to each protocol as `app_state`.
"""
