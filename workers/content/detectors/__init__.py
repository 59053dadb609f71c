"""One detector a file: each judges headers and text by what no comparison of fields can say."""
