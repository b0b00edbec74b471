"""Meetings of the communication plan and their minutes, progress reports, and the calendar of both."""
