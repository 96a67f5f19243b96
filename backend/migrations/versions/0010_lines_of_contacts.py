"""What waits to be said moves to the line of its contact: it was one of each conversation.

Else what is said from now on would overtake what waits for another try.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Found by the id's index: few jobs are open, conversations are many. Dead letters as well:
    # tried again, they are to take their place in the line.
    op.execute("""
        UPDATE job SET key = (
            SELECT 'out:' || conversation.contact_id FROM conversation
            WHERE conversation.id = substr(job.key, 5)
        )
        WHERE kind IN ('deliver', 'hand_over') AND state <> 'done' AND key LIKE 'out:%'
          AND EXISTS (SELECT 1 FROM conversation WHERE conversation.id = substr(job.key, 5))
    """)
