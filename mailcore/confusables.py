"""Characters that look like Latin letters and digits: what is read, and all that is read so.

Made by scripts/read_confusables.py from confusables.txt of Unicode 14.0.0 (UTS #39; docs/licences.md); do not edit.
Left out is what NFKD and the removal of accents give anyway, and what looks like no letter or digit.
"""

from __future__ import annotations

LOOKS_LIKE: dict[str, str] = {
    "10": "\u23e8",
    "2": "\u01a7\u01bb\u03e8\u14bf\ua644\ua6ef\ua75a",
    "3": "\u01b7\u021c\u0417\u0498\u04e0\U000118ca\U00016f3b\U0001d206\u2ccc\ua76a\ua7ab",
    "4": "\U000118af\u13ce",
    "5": "\u01bc\U000118bb",
    "6": "\u0431\U000118d5\u13ee\u2cd2",
    "7": "\U000104d2\U000118c6\U0001d212",
    "8": "\u0222\u0223\u09ea\u0a6a\u0b03\U0001031a\U0001e8cb",
    "9": "\u09ed\u0a67\u0b68\u0d6d\U000118ac\U000118cc\U000118d6\u2cca\ua76e",
    "A": "\u0391\u0410\U000102a0\u13aa\u15c5\U00016f40\ua4ee",
    "AA": "\ua732",
    "AE": "\u00c6\u04d4",
    "AO": "\ua734",
    "AR": "\U0001f707",
    "AU": "\ua736",
    "AV": "\ua738\ua73a",
    "AY": "\ua73c",
    "B": "\u0392\u0412\U00010282\U000102a1\U00010301\u13f4\u15f7\ua4d0\ua7b4",
    "C": "\u0421\u04aa\U000102a2\U00010302\U00010415\U0001051c\U000118e9\U000118f2\u13df\U0001f74c\u20a1\u2ca4\ua4da",
    "D": "\u00d0\u0110\u0189\u13a0\u15de\u15ea\ua4d3",
    "E": "\u0246\u0395\u0415\U00010286\U000118a6\U000118ae\u13ac\u22ff\u2d39\ua4f0",
    "F": "\u0191\u03dc\U00010287\U000102a5\U00010525\U000118a2\U000118c2\u15b4\U0001d213\ua4dd\ua798",
    "G": "\u01e4\u050c\u13c0\u13f3\ua4d6",
    "H": "\u0126\u0397\u041d\u04a2\u04c7\u04c9\U000102cf\u13bb\u157c\u2c67\u2c8e\ua4e7",
    "J": "\u0248\u037f\u0408\u13ab\u148d\ua4d9\ua7b2",
    "K": "\u039a\u041a\u049a\u049e\U00010518\u13e6\u16d5\u20ad\u2c69\u2c94\ua4d7\ua740",
    "L": "\u0141\U0001041b\U00010526\U000118a3\U000118b2\u13de\u14aa\U00016f16\U0001d22a\u2cd0\ua4e1",
    "M": "\u039c\u03fa\u041c\u04cd\U000102b0\U00010311\u13b7\u15f0\u16d6\u2c98\ua4df",
    "MB": "\U0001f76b",
    "N": "\u019d\u039d\U0001018e\U00010513\u2c9a\ua4e0",
    "O": (
        "\u00d8\u019f\u01fe\u0398\u039f\u03b8\u041e\u0472\u04e8\u0555\u07c0\u09e6\u0b20\u0b66\U00010292\U000102ab"
        "\U00010404\U000104c2\U00010516\U000114d0\U000118b5\U000118e0\u12d0\u13be\u13eb\U0001d21a\U0001f714\u2296\u229d"
        "\u236c\u2c9e\u2d31\u2d41\u2d54\u3007\ua4f3\ua74a"
    ),
    "OE": "\u0152",
    "OO": "\ua698\ua74e",
    "P": "\u03a1\u0420\U00010295\u13e2\u146d\u2ca2\ua4d1",
    "Q": "\u2d55",
    "QE": "\U0001f700",
    "R": "\u01a6\U000104b4\u13a1\u13d2\u1587\U00016f35\U0001d216\ua4e3",
    "S": "\u0405\u054f\U00010296\U00010420\u13d5\u13da\U00016f3a\ua4e2",
    "T": (
        "\u0166\u01ae\u023e\u03a4\u0422\u04ac\U00010297\U000102b1\U00010315\U000118bc\u13a2\U00016f0a\U0001f768\u20ae"
        "\u22a4\u2361\u27d9\u2ca6\ua4d4"
    ),
    "T3": "\ua728",
    "U": "\u0244\u054d\U000104ce\U000118b8\u1200\u13cc\u144c\U00016f42\u222a\u22c3\ua4f4",
    "V": "\u0474\u0667\u06f7\U00010197\U0001051d\U000118a0\u13d9\u142f\U00016f08\U0001d20d\U0001f708\u2d38\ua4e6\ua6df",
    "VB": "\U0001f76c",
    "W": "\u051c\U000118e6\U000118ef\u13b3\u13d4\u20a9\ua4ea",
    "X": (
        "\u03a7\u0425\u04b2\U00010196\U00010290\U000102b4\U00010317\U00010322\U00010527\U000118ec\u166d\u16b7\u2573\u2cac"
        "\u2d5d\ua4eb\ua7b3"
    ),
    "Y": "\u00a5\u024e\u03a5\u0423\u04ae\u04b0\U000102b2\U000118a4\u13a9\u13bd\U00016f43\u2ca8\ua4ec",
    "Z": "\u01b5\u0224\u0396\U000102f5\U000118a9\U000118e5\u13c3\ua4dc",
    "a": "\u0251\u03b1\u0430\u2376\u237a",
    "aa": "\ua733",
    "ae": "\u00e6\u04d5",
    "ao": "\ua735",
    "au": "\ua737",
    "av": "\ua739\ua73b",
    "ay": "\ua73d",
    "b": "\u0180\u0182\u0183\u0184\u0253\u0411\u042c\u0462\u0463\u048c\u048d\u13cf\u1472\u1473\u15af",
    "bl": "\u042b",
    "c": "\u00a2\u023c\u0441\u04ab\U0001043d\u1d04\u2ca5\uabaf",
    "d": "\u0111\u018c\u0256\u0257\u0501\u13e7\u146f\u20ab\ua4d2",
    "dz": "\u02a3",
    "e": "\u0247\u0435\u04bd\u04bf\u212e\uab32",
    "f": "\u0192\u0584\u1d6e\u1e9d\ua799\uab35",
    "g": "\u018d\u01e5\u0260\u0261\u0581\u1d83",
    "h": "\u0127\u0266\u045b\u04bb\u0570\u13c2\u13f2\ua695",
    "i": "\u0131\u0268\u0269\u026a\u03b9\u0456\u04cf\U000118c3\u13a5\u1d7b\u1d7c\u2373\u2378\ua647\uab75",
    "j": "\u0249\u03f3\u0458",
    "k": "\u0199",
    "l": (
        "\u0142\u0196\u0197\u019a\u01c0\u026b\u026d\u0399\u0406\u04c0\u05c0\u05d5\u05df\u0625\u0627\u0661\u0673\u06f1"
        "\u07ca\U0001028a\U00010309\U00010320\u16c1\U00016f28\U0001e8c7\u2223\u23fd\u2c92\u2d4f\ua4f2"
    ),
    "lO": "\u042e",
    "ll": "\u01c1\u05f0\U00010199\u2016\u2225",
    "llS": "\U00010198",
    "ls": "\u02aa",
    "lt": "\u20b6",
    "lz": "\u02ab",
    "n": "\u019e\u0273\u03b7\u0578\u057c\u1d70",
    "o": (
        "\u00f8\u0275\u03bf\u03c3\u043e\u0473\u04e9\u0585\u05e1\u0647\u0665\u06be\u06c1\u06d5\u06f5\u06ff\u0966\u0a66"
        "\u0ae6\u0be6\u0c02\u0c66\u0c82\u0ce6\u0d02\u0d20\u0d66\u0d82\u0e50\u0ed0\u101d\u1040\U0001042c\U000104ea"
        "\u10ff\U000118c8\U000118d7\u1d0f\u1d11\u2c9f\ua74b\uab3d\uab3e\uab74\uab8e\uabbb"
    ),
    "oe": "\u0153",
    "oo": "\u221e\ua699\ua74f",
    "p": "\u01a5\u03c1\u0440\u1d7d\u2374\u2ca3",
    "q": "\u02a0\u051b\u0563\u0566",
    "r": "\u024d\u027c\u027d\u0433\u0493\u1d26\u1d72\u2c85\uab47\uab48\uab81",
    "rn": "\u0271\U00011700\U000118e3\u1d6f\u20a5",
    "s": "\u01bd\u0282\u0455\U00010448\U000118c1\u1d74\ua731\uabaa",
    "sss": "\U0001f75c",
    "t": "\u0167\u01ad\u1d75",
    "tf": "\ua777",
    "ts": "\u02a6",
    "u": "\u028b\u03c5\u057d\U000104f6\U000118d8\u1d1c\u1d7e\ua79f\uab4e\uab52\uab9c",
    "ue": "\u1d6b",
    "uo": "\uab63",
    "v": "\u03bd\u0475\u05d8\U00011706\U000118c0\u1d20\u2228\u22c1\uaba9",
    "w": "\u026f\u0461\u047d\u051d\u0561\U000114c5\U0001170a\U0001170e\U0001170f\u1d21\ua761\uab83",
    "x": "\u00d7\u0445\u1541\u157d\u166e\u292b\u292c\u2a2f\u2a30",
    "y": "\u01b4\u024f\u0263\u028f\u03b3\u0443\u04af\u04b1\u10e7\U000118dc\u1d8c\u1eff\uab5a",
    "z": "\u01b6\u0225\u0290\U000118c4\u1d22\u1d76\uab93",
}
