"""The command line, and the supervisor behind `mailchord serve`."""
