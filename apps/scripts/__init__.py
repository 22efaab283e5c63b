"""JavaScript written by users, run in child processes that reach nothing. Knows no Django.

``wire`` is what parent and child say to each other, ``child`` the program that runs scripts, ``syntax`` how a
script becomes a function, ``driver.js`` the loop over points inside the engine, ``process`` one child seen
from the parent, ``pool`` the children and what a query may use of them.
"""
