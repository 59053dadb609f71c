"""What mailchord thinks with: message, facts, findings, policy, settings and ports. No I/O at all."""
