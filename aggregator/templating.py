"""Rendering a template that anybody may have written: what is wrong with it is told with its place. Knows nothing of
pages, mails or what they show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class TemplateMistakeError(Exception):
    """A template cannot be used; the text says where and why."""


def rendered(environment: Any, name: str, values: Mapping[str, Any]) -> str:
    """What the template called `name` makes of `values`. Raises TemplateMistakeError for whatever is wrong in it."""
    try:
        text: str = environment.get_template(name).render(values)
    except Exception as error:  # a template can raise anything
        raise mistake(error, name) from error
    return text


def mistake(error: Exception, name: str) -> TemplateMistakeError:
    """What to tell of the `error` that using the template called `name` raised."""
    message = f"{place_of(error, name)}: cannot be used ({type(error).__name__}: {error}). Mend it, or take it away"
    return TemplateMistakeError(f"{message} to have the one that ships; what was published before still stands.")


def place_of(error: Exception, name: str) -> str:
    """The file and line in a template that an error comes from; the template's name where that is not known."""
    from traceback import extract_tb, walk_tb

    if line := getattr(error, "lineno", None):  # of what Jinja2 says of syntax
        return f"{getattr(error, 'filename', None) or name}:{line}"
    if isinstance(error, OSError | UnicodeDecodeError):  # in the midst of Jinja2, which knows what it reads
        read = [frame.f_locals["filename"] for frame, _ in walk_tb(error.__traceback__) if "filename" in frame.f_locals]
        place = str(read[-1] if read else getattr(error, "filename", None) or name)
        if isinstance(error, OSError):
            return place
        line = error.object.count(b"\n", 0, error.start) + 1
        return f"{place}:{line}"
    places = [one for one in extract_tb(error.__traceback__) if one.filename.endswith(".j2")]
    return f"{places[-1].filename}:{places[-1].lineno}" if places else name
