"""Links in whole messages: a written set of hard cases, and texts in which there is none."""
