"""The milter door: Postfix or Sendmail hands over a message, the judge decides, the answer goes back."""
