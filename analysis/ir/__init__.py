"""The intermediate representation: C and C++ reduced to what dependence analysis needs, every node with its place."""
