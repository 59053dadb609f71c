"""One detector a file: each looks at the links of a message."""
