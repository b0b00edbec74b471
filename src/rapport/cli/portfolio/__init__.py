"""The demo portfolio: one client, Northwind Insurance, and six partners with their agreements and records.

All seven companies are invented. A story is written in a module named after its partner.
"""
