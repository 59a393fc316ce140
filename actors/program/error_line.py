"""An exception as one line: of a message, of a record. Without a terminal's library, since actors say it, too."""


def first_line(error: BaseException) -> str:
    """The first line that `error` says, of many; its type's name where it says nothing."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def error_line(error: BaseException, limit: int = 0) -> str:
    """What `error` says, cut to `limit` characters where that is not 0; its type's name where it says nothing."""
    line = " ".join(str(error).split())
    return (line[:limit] if limit else line) or type(error).__name__
