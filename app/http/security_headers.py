"""Headers of every response. Strict-Transport-Security is left to the proxy that ends TLS."""

from functools import lru_cache


@lru_cache(maxsize=8)
def security_headers(frame_ancestors: str) -> dict[str, str]:
    """The headers.

    Everything comes from this host; no inline script or style. Images may be data: as the API docs draw their arrows
    so. Cross-Origin-Resource-Policy does not hinder those whom `frame_ancestors` lets show the pages in a frame: it is
    about files that another site's page loads.

    Parameters
    ----------
    frame_ancestors
        Sources as the Content-Security-Policy writes them.
    """
    policy = (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        f"frame-ancestors {frame_ancestors}",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
