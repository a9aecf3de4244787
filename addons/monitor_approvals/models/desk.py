"""What one batch of work shares: calendars, delegations, events to be written."""

from .working_book import WorkingBook


class Desk:
    """Collects what is written once at the end instead of for each approval."""

    def __init__(self, env):
        self.env = env
        self.book = WorkingBook(env)
        self.events = []
        self.closed = env["monitor.approval"]
        self._delegations = None

    def principals(self, approval, actor, at):
        """Return the users for whom ``actor`` may decide at a moment."""
        if self._delegations is None:
            delegations = self.env["monitor.approval.delegation"]
            self._delegations = delegations._in_force(at, ever=True)
        return approval._principals(actor, at, self._delegations)

    def finish(self):
        """Write the events, and release those who were asked."""
        self.closed._release()
        self.env["monitor.approval"]._record_events(self.events)
        self.closed, self.events = self.closed.browse(), []
