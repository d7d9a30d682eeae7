"""Programs that are refused so far, and a part of what is said; a test holds each to that.

One that works from now on fails its test here: take it out of the list.
"""

REFUSED: dict[str, str] = {}
