"""The flags about corruptions that several verbs have, checked."""

from __future__ import annotations

from cyclemlp.data.corruptions.names import SEVERITIES, chosen


def chosen_corruptions(
    corruptions: list[str] | bool, severities: list[int], baseline: str | None
) -> list[str]:
    """Return the names of the corruptions; none if the flag was not given.

    Args:
        corruptions: names, or True for all.
        severities: of each.
        baseline: which network the errors are compared with.

    Raises:
        ValueError: a name or severity does not exist, or only a baseline was given.
    """
    if corruptions is False or corruptions == []:
        if baseline is not None:
            raise ValueError("--baseline is for --corruptions, which was not given; add it")
        return []
    wrong = [one for one in severities if one not in SEVERITIES]
    if wrong or not severities:
        raise ValueError(f"--severities are numbers from 1 to 5, got {wrong or 'none'}")
    return chosen(["all"] if corruptions is True else corruptions)
