"""Function mode: a driver for the function that holds the loop, where no program reaches it.

A driver is text that stands below the user's own, in the same file, so that it sees what is static there and no line
of the user's moves. It calls the function on made inputs and prints all that the call can have changed. With it the
file is a program like any other, and the checks need not know.
"""
