"""Plays written conversations through a whole house of their own, and tells what came of each turn.

`script` is what a file says, `player` walks through it in a `world`, `house_world` is the world of
a whole house in a folder, `telling` prints turns, `coverage` counts the steps of flows visited.
"""
