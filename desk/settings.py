"""Every setting, in one frozen object: an option of the command line, a GUICHET_… variable, a line in .env.example."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from cyclopts import App, Parameter
from cyclopts.config import Env

from models.bounds import Bounds
from models.errors import BadUserInput
from models.template import ReasonTemplate, reason_templates
from resolvers.viewer import Audience

PREFIX = "GUICHET_"
DATABASES = ("sqlite", "postgres", "postgresql", "asyncpg")
BROADCASTS = ("memory", "redis", "rediss")
MAILBOXES = {"imaps": 993, "imap": 143, "local": 2_525, "nylas": 443, "nylas+http": 80}
"""Kinds of mailboxes, and the port of each where its URL names none."""
POSTS = {"smtps": 465, "smtp": 587, "local": 0, "nylas": 443, "nylas+http": 80}
"""Ways for mail to go out, and the port of each where its URL names none."""
TEMPORALS = {"temporal": 7_233}
PAGES = {"https": 443, "http": 80}
environment = Env(PREFIX, command=False)


@Parameter(name="*", group="Settings")
@dataclass(frozen=True)
class Settings:
    """How this desk runs; the defaults are one machine with nothing to install."""

    data: Path = Path("data")
    """Folder of the built-in database; made if it is missing."""
    database_url: str | None = None
    """postgres://user:password@host/database; left out: SQLite in the data folder."""
    replica_url: str | None = None
    """The same for a streaming replica of it, which lists of agents are read from once it has come as far."""
    broadcast_url: str = "memory://"
    """redis://host:port for several processes, memory:// for one."""
    names_shown: bool = False
    """Show customers the names of the staff instead of "an agent"."""
    public_url: str | None = None
    """https://desk.example.org, where a proxy gives the desk another Host; the page is served to no other origin."""
    trusted_proxies: str | None = None
    """Addresses or networks of the proxies in front, with commas; X-Forwarded-For and -Proto of others are ignored."""
    mailbox_url: str | None = None
    """imaps://user:password@host/INBOX, nylas://grant:key@api.us.nylas.com, or local://127.0.0.1:2525 for the built-in
    one; left out: no mail."""
    post_url: str | None = None
    """smtps://user:password@host, smtp:// for STARTTLS, nylas://, or local:// for mail that is kept, shown, and sent
    nowhere; left out: as mail comes where that is Nylas or the built-in mailbox, else no mail goes out."""
    mail_addresses: str | None = None
    """The desk's own addresses, with commas; the first is whom it writes as. Left out: who signs in to the mailbox."""
    mail_secrets: str | None = None
    """Secrets that sign addresses and Message-IDs, with commas, the newest first; left out: one in the data folder."""
    nylas_webhook_secret: str | None = None
    """Signs what Nylas tells at /nylas."""
    mail_name: str = ""
    """What the desk calls itself as the sender of mail."""
    mail_plus_addressing: bool = True
    """Whether mail to desk+anything@ arrives at desk@: then answers find back by their address, too."""
    mail_templates: Path | None = None
    """A TOML file of how letters look: [acknowledgement] and [reply], each with subject, text and html."""
    mail_authserv_id: str | None = None
    """What your mail server calls itself in Authentication-Results; the word of others is ignored."""
    mail_rescan_days: int = 30
    """How far back a mailbox is read again whose UIDs became void, days."""
    temporal_url: str | None = None
    """temporal://host:7233/namespace of a Temporal server: mail is then read and sent by `guichet mail worker`."""
    reason_templates: Path | None = None
    """A TOML file of reasons that agents begin with when they reject: [[template]] with title and text."""
    session_seconds: int = 43_200
    """How long a browser stays signed in, seconds."""
    idempotency_seconds: int = 86_400
    """How long the outcome under an idempotency key is kept at least, seconds; then the key may be used anew."""
    get_queries: bool = False
    """Answer GraphQL queries by GET (they end up in logs and caches)."""
    request_bytes: int = 1_048_576
    """Largest request body or WebSocket message, bytes."""
    variables_bytes: int = 524_288
    """Largest variables of one operation, bytes of JSON."""
    query_cost: int = 100_000
    """Most that one operation may cost: the weights of its fields, when its lists are as long as they may be."""
    cache: bool = True
    """Answer again what was answered before, while nothing of it changed; without it answers come slower."""
    cache_bytes: int = 67_108_864
    """Room for such answers, bytes, in each process."""
    compiled: bool = True
    """Complete plain data in one step instead of field by field; without it answers come slower."""
    explorer: Audience = "signed-in"
    """Who is shown the explorer (GraphiQL); with "signed-in" others are sent to sign in first."""
    introspection: Audience = "signed-in"
    """Who may ask for the schema, and read it at /docs."""
    suggestions: Audience = "signed-in"
    """Who is told what is wrong with a document and what may have been meant; others read one flat text."""
    body_seconds: int = 10
    """How long a request's body may take to arrive, seconds, then 408; its head may take as long before it."""
    requests_per_second: int = 50_000
    """Requests over HTTP and operations over sockets, of an account or, where nobody is signed in, of an address."""
    sign_in_attempts: int = 10
    """Attempts to sign in to one account within a minute, failed or not."""
    sign_in_attempts_per_address: int = 100
    """Attempts to sign in from one address within a minute, failed or not."""
    sockets_per_account: int = 10_000
    """Most sockets of one account, in each process."""
    sockets_per_address: int = 10_000
    """Most sockets from one address, in each process."""
    backlog_bytes: int = 1_048_576
    """Largest backlog of one subscriber's socket, bytes; past it the socket is closed with 1013."""
    operations: int = 100
    """Most operations open on one socket."""
    init_seconds: int = 5
    """How long a new socket may wait with connection_init, seconds; then it is closed with 4408."""
    stuck_seconds: int = 10
    """How long a client may read nothing while data waits for it, seconds; then it is cut off."""
    stop_seconds: int = 8
    """How long running requests may take at a stop, seconds."""
    log_level: Literal["critical", "error", "warning", "info", "debug"] = "info"
    """How much is logged to stderr."""
    bounds: Annotated[Bounds, Parameter(name="*", group="Bounds")] = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, int) and not isinstance(value, bool) and value < 1:
                raise BadUserInput(f"{name} is a number from 1, not {value}.")
        for name, url, schemes in (
            ("database_url", self.database, DATABASES),
            ("replica_url", self.replica_url or "postgres://here", DATABASES[1:]),
            ("broadcast_url", self.broadcast_url, BROADCASTS),
            ("public_url", self.public_url or "https://here", tuple(PAGES)),
            ("mailbox_url", self.mailbox_url or "local://here", tuple(MAILBOXES)),
            ("post_url", self.post_url or "local://here", tuple(POSTS)),
            ("temporal_url", self.temporal_url or "temporal://here", tuple(TEMPORALS)),
        ):
            try:
                parts = urlsplit(url)
                parts.port  # noqa: B018  # raises for what is no number
            except ValueError as error:
                raise BadUserInput(f"{name} is no URL: {error}.") from error
            if parts.scheme not in schemes:
                raise BadUserInput(f"{name} begins with {', '.join(f'{scheme}://' for scheme in schemes)}.")
            if name in ("public_url", "temporal_url") and not parts.hostname:
                raise BadUserInput(f"{name} names a host.")
        if self.replica_url is not None and self.embedded:
            raise BadUserInput("replica_url goes with the database_url of a PostgreSQL.")
        for proxy in (self.trusted_proxies or "").split(","):
            try:
                ip_network(proxy.strip() or "::1")
            except ValueError as error:
                raise BadUserInput(f"trusted_proxies holds addresses and networks: {error}.") from error
        self.reasons  # noqa: B018  # raises for what cannot be taken

    @cached_property
    def reasons(self) -> tuple[ReasonTemplate, ...]:
        """What stood in the file of the reason templates at the start. Raises BadUserInput where it cannot be taken."""
        if self.reason_templates is None:
            return ()
        try:
            return reason_templates(self.reason_templates.read_text("utf-8"), self.bounds)
        except (OSError, ValueError, BadUserInput) as error:
            raise BadUserInput(f"reason_templates ({self.reason_templates}): {error}") from error

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite://{quote(str((self.data / 'guichet.db').absolute()))}"

    @property
    def origin(self) -> str | None:
        """The public URL's origin as browsers name it: in small letters, without a port that goes without saying."""
        if self.public_url is None:
            return None
        url = urlsplit(self.public_url)
        port = "" if url.port in (None, PAGES[url.scheme]) else f":{url.port}"
        return f"{url.scheme}://{url.hostname}{port}"

    @property
    def cookie(self) -> str:
        """The session cookie's name; where it goes over https only, browsers take it from this very host only
        (RFC 6265bis, 4.1.3.2)."""
        return "__Host-guichet_session" if (self.origin or "").startswith("https:") else "guichet_session"

    @property
    def embedded(self) -> bool:
        """Whether the database is this desk's own: then it is migrated at the start."""
        return self.database.startswith("sqlite")

    def variables(self) -> dict[str, str]:
        """The settings as environment variables, for worker processes."""
        flat = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "bounds"}
        return {
            f"{PREFIX}{name.upper()}": str(value)
            for name, value in (flat | vars(self.bounds)).items()
            if value is not None
        }


def from_environment() -> Settings:
    """The settings of this process's environment. Exits with a message for values that do not fit."""
    reader: App = App(name="guichet", config=environment)

    @reader.default
    def read(*, settings: Settings = Settings()) -> Settings:  # frozen
        return settings

    settings = reader([], result_action="return_value")
    assert isinstance(settings, Settings)
    return settings
