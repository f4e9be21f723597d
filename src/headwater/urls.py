"""URLs that somebody gave us, taken apart without surprises."""

from urllib.parse import SplitResult, urlsplit

_NONE = SplitResult("", "", "", "", "")


def parts_of(url: str) -> SplitResult:
    """The parts of a URL; all of them empty where it is none.

    >>> parts_of("http://localhost:8000/q").hostname, parts_of("http://[::").hostname
    ('localhost', None)
    >>> parts_of("http://localhost:80000")
    SplitResult(scheme='', netloc='', path='', query='', fragment='')
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # which is looked at no sooner
    except ValueError:
        return _NONE
    return parts
