"""Reads numbers that are written as their differences in Rice-Golomb code, as Safe Browsing sends its lists.

Source: "Rice compression" of the Safe Browsing API: the first number stands by itself; of each difference the quotient
by 2^k in unary (ones, ended by a zero), then k bits of the rest, all from the lowest bit of each byte on.
"""

from __future__ import annotations

from array import array

_REFILL = 8  # bytes that are taken up at once
_LAST = (1 << 32) - 1


class NotRice(ValueError):
    """It is not what it says: too short, too long, or with numbers of more than 32 bits."""


def read_numbers(first: int, parameter: int, count: int, data: bytes) -> array[int]:
    """The first number and `count` more, in ascending order, each of 32 bits. Raises NotRice."""
    if not 0 <= first <= _LAST or count < 0 or (count and not 0 < parameter < 32):
        raise NotRice("its head makes no sense")
    if count * (parameter + 1) > 8 * len(data):
        raise NotRice("it is shorter than its count")
    found = array("I", bytes(4 * (count + 1)))
    found[0] = value = first
    mask = (1 << parameter) - 1
    bits = held = at = 0
    for number in range(1, count + 1):
        quotient = 0
        while True:
            ones = (~bits & (bits + 1)).bit_length() - 1
            if ones < held:
                break
            # Only ones are left: they all belong to the quotient.
            quotient += held
            bits = int.from_bytes(data[at : at + _REFILL], "little")
            held = 8 * len(data[at : at + _REFILL])
            at += _REFILL
            if not held or quotient << parameter > _LAST:
                raise NotRice("it ends early, or has a number of more than 32 bits")
        quotient += ones
        bits >>= ones + 1
        held -= ones + 1
        if held < parameter:
            piece = data[at : at + _REFILL]
            at += _REFILL
            bits |= int.from_bytes(piece, "little") << held
            held += 8 * len(piece)
            if held < parameter:
                raise NotRice("it ends early")
        value += (quotient << parameter) | (bits & mask)
        if value > _LAST:
            raise NotRice("it has a number of more than 32 bits")
        bits >>= parameter
        held -= parameter
        found[number] = value
    return found
