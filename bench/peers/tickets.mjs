// The desk's own SQLite file as Yoga and Mercurius read and write it, by Node's own synchronous driver, statements
// prepared once. It stands for better-sqlite3, which is as synchronous but comes as a binary of another address.
// A write is as durable as the desk's: the row and its event in one transaction, on the disk before the answer.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

export const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");

const db = new DatabaseSync(process.env.BENCH_DATABASE);
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");

const COLUMNS = `t.id, t.number, t.user_id, t.subject, t.body, t.status, t.status_before, t.priority, t.assignee, t.tags,
  t.extra, t.source, t.version, t.revision, t.created_at_ms, t.updated_at_ms`;
const page = db.prepare(`SELECT ${COLUMNS} FROM tickets t WHERE created_at_ms < ?
  ORDER BY created_at_ms DESC, number DESC LIMIT ?`);
const approved = db.prepare(`SELECT ${COLUMNS} FROM user_tickets u JOIN tickets t ON t.id = u.ticket_id
  WHERE u.user_id = ?`);
const one = db.prepare(`SELECT ${COLUMNS} FROM tickets t WHERE id = ?`);
const write = db.prepare(`UPDATE tickets SET subject = ?, version = version + 1, revision = revision + 1,
  content_revision = revision + 1, updated_at_ms = ? WHERE id = ?`);
const advance = db.prepare("UPDATE journal_head SET position = position + 1, nonce = ? RETURNING position");
const journal = db.prepare(`INSERT INTO events (position, ticket_id, user_id, kind, actor, at_ms, changed, revision,
  content_revision, content, nonce, note) VALUES (?, ?, ?, 'UPDATED', 'bench', ?, ?, ?, ?, ?, ?, 0)`);
const CHANGED = JSON.stringify(["revision", "subject", "updatedAt", "version"]);

// What is costly to make is made when it is asked for.
class Ticket {
  constructor(row) { this.row = row; }
  get __typename() { return "Ticket"; }
  get id() { return this.row.id; }
  get number() { return this.row.number; }
  get userId() { return this.row.user_id; }
  get subject() { return this.row.subject; }
  get body() { return this.row.body; }
  get status() { return this.row.status; }
  get priority() { return this.row.priority; }
  get assignee() { return this.row.assignee; }
  get tags() { return JSON.parse(this.row.tags); }
  get extra() { return JSON.parse(this.row.extra); }
  get version() { return this.row.version; }
  get createdAt() { return new Date(this.row.created_at_ms).toISOString(); }
  get updatedAt() { return new Date(this.row.updated_at_ms).toISOString(); }
}

export function tickets({ filter, first }) {
  const before = filter?.createdBefore ? Date.parse(filter.createdBefore) : Number.MAX_SAFE_INTEGER;
  return { edges: page.all(before, first).map((row) => ({ node: new Ticket(row) })) };
}

export function latestApprovedTicket({ userId }) {
  const row = approved.get(userId);
  return row ? new Ticket(row) : null;
}

// Returns the ticket and its event, or a refusal.
export function updateTicket({ id, input }) {
  const now = Date.now(), nonce = randomBytes(4);
  db.exec("BEGIN IMMEDIATE");
  try {
    if (!write.run(input.subject, now, id).changes) {
      db.exec("ROLLBACK");
      return { ticket: { __typename: "NotFound", message: "There is no such ticket." } };
    }
    const row = one.get(id), { position } = advance.get(nonce);
    journal.run(position, id, row.user_id, now, CHANGED, row.revision, row.revision, JSON.stringify(row), nonce);
    db.exec("COMMIT");
    const ticket = new Ticket(row), cursor = position.toString().padStart(28, "A"); // as long as the desk's
    return { ticket, event: { cursor, kind: "UPDATED", actor: "bench", at: new Date(now).toISOString(), ticket } };
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
