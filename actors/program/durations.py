"""How long something took, or will take, as it is said to a person."""


def duration(seconds: float) -> str:
    """In the two largest units."""
    whole = round(max(0.0, seconds))
    minutes, s = divmod(whole, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return f"{days} d {h} h"
    if hours:
        return f"{hours} h {m} min"
    return f"{m} min {s} s" if m else f"{s} s"
