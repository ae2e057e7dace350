"""What agents are shown of mail."""

from __future__ import annotations

from tests.support.desk import Answer, Person

MAIL = """mail { from { address name } automatic unconfirmed text unread spf dkim dmarc rawUrl wholeUrl receivedAt
  attachments { id name contentType size inline url } }"""
TICKET = f"""id number subject body html userId source status awaitingReply tags {MAIL}
  participants {{ address name requester confirmed }}
  messages(first: 3) {{ edges {{ node {{ id kind author text html {MAIL} }} }} }}"""
TICKETS = f"{{ tickets(first: 5) {{ edges {{ node {{ {TICKET} }} }} }} }}"


async def shown(person: Person) -> Answer:
    """The newest ticket as somebody sees it."""
    first: Answer = (await person.asks(TICKETS)).tickets.edges[0].node
    return first
