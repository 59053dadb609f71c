"""What browsers leave out of an address wherever one is written (WHATWG URL, 4.4: basic URL parser)."""

from __future__ import annotations

# C0 controls and blanks, at both ends.
AT_ENDS = "".join(map(chr, range(0x21)))
# For `str.translate`: tabs and line ends, anywhere.
ANYWHERE = str.maketrans("", "", "\t\n\r")
