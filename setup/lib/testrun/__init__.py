"""The runner behind ``setup/test``: standard library only."""
