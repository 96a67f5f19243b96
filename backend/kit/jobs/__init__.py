"""The one job table: replies, payments, timers, cron leave by it, at least once and in order.

`queue` is what transactions call (enqueue, finish), `claiming` how workers take jobs, `listing`
what people look at and try again, `worker` the loop that runs handlers.
"""

from backend.kit.jobs.queue import Job, LostLease, enqueue, finish

__all__ = ["Job", "LostLease", "enqueue", "finish"]
