"""Facts about each loop of an executed function: roles of variables, dependences, obstacles, assumptions."""
