"""The way in: *Today*, the portfolio, and the frame around every page."""
