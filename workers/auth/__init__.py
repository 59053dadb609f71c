"""The pool that finds out who is really sending: SPF, DKIM, DMARC, ARC, and what the DNS says of the client."""
