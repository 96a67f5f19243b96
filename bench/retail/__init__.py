"""Runs a public retail shop and its customers' scenarios against changes of orders.

Nothing of the data is in the repository: its folder is given by `--data` or AFTERCARE_PUBLIC_DATA.
"""
