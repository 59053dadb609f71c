"""Measures mailchord against the limit and its peers; run `python -m bench`. Not part of the installed program."""
