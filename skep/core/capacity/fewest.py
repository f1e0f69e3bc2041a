"""The smallest number that is enough, found with few tries."""

from collections.abc import Callable

__all__ = ["fewest"]


def fewest(suffice: Callable[[int], bool], *, least: int, most: int) -> int:
    """The smallest number that suffices; ``most`` where none does.

    Args:
        suffice: whether a number is enough; then every larger one is taken to be.
        least: where to begin; fewer are never enough.
        most: more are not to be had.
    """
    count, stride = min(least, most), 1
    too_few = count - 1
    while not suffice(count):
        if count == most:
            return most
        too_few, count, stride = count, min(count + stride, most), 2 * stride
    while count - too_few > 1:
        middle = (too_few + count) // 2
        if suffice(middle):
            count = middle
        else:
            too_few = middle
    return count
