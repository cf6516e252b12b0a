"""Headers of every response. Strict-Transport-Security is left to the proxy that ends TLS."""

from functools import lru_cache


@lru_cache(maxsize=8)
def security_headers(frame_ancestors: str) -> dict[str, str]:
    """Return the headers.

    Everything is loaded from this host, without inline scripts or styles. Images may be `data:` URLs, because Swagger
    UI draws its arrows so. Cross-Origin-Resource-Policy does not affect sites that may frame the pages: it is about
    files that other sites' pages load.

    Parameters
    ----------
    frame_ancestors
        Sites that may frame the pages, as Content-Security-Policy writes them.
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
