"""One detector a file: each looks at the ways that links led."""
