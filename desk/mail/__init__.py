"""The mail door: what comes in as a mail becomes a ticket, or an entry of its thread."""
