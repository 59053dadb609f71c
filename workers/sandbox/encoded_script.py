"""Text of scripts that were encoded for Windows Script Host (.jse, .vbe): a substitution, no encryption."""

from __future__ import annotations

import re

BEGIN, END = "#@~^", "^#~@"
# Length and check sum, in base64, around the text.
_LENGTH, _SUM = 8, 8
_LITERAL = {"@&": "\n", "@#": "\r", "@*": ">", "@!": "<", "@$": "@"}
_ESCAPE = re.compile(r"@[&#*!$]")

# Three alphabets over the characters 9 and 32 to 127 (three bytes for each), taken in these turns of 64.
_TURNS = tuple(map(int, "0120121221210212021200122102122100212120200120210212001220012021"))
_ALPHABETS = bytes.fromhex(
    "576e7b2e2d324775307a522156602942715b6a5e382f4933265c3d496258417d3a3429353236655b2039767c5c727a56"
    "437f73386b6639634e703345452b6b6868627151594f667809765e62317d44644a23546d7543714a4c417e3a604a4c41"
    "5e7e53404c407745424a2c27612a485d74722227754b37316f44374e794d3b59524c2f22506f5467266a2a72477d6a64"
    "74392d547b202b3f7f2d382e2c774c30675d6e537e6b476c66346f357879255d742130436423264d5a76525b25636c24"
    "3f482b7b5528787023296941282e34734c0959212a3324447f4e3f6d507755093b5356557c73693a35615f6163654b50"
    "465867583b5131574969224f6c6d465a4d6848257c2728365c46703d4a6e24327a79412f373d5f605f4b514f5a20422c"
    "366557"
)
_PLACES = {code: 3 * place for place, code in enumerate((9, *range(32, 128)))}
_UNCHANGED = frozenset(map(ord, "<>@"))


def decoded(text: str) -> str:
    """The text with every encoded block in it decoded; text without one stays as it is."""
    out: list[str] = []
    position = 0
    while (begin := text.find(BEGIN, position)) >= 0:
        end = text.find(END, begin)
        if end < 0:
            break
        content = text[begin + len(BEGIN) + _LENGTH : end - _SUM]
        out += (text[position:begin], _block(_ESCAPE.sub(lambda match: _LITERAL[match[0]], content)))
        position = end + len(END)
    return "".join((*out, text[position:]))


def _block(content: str) -> str:
    out: list[str] = []
    turn = -1
    for character in content:
        code = ord(character)
        if code < 128:
            turn = (turn + 1) % len(_TURNS)
        place = None if code in _UNCHANGED else _PLACES.get(code)
        out.append(character if place is None else chr(_ALPHABETS[place + _TURNS[turn]]))
    return "".join(out)
