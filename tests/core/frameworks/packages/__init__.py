"""The packages of frameworks: each module runs a line of code, with given weights, in one of them."""
