"""Which models there are: files in a folder, those of a server, and how to get one."""
