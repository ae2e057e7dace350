import type { TicketRow } from "../../api/documents";
import { texts } from "../../texts";

/** What is written into the fields of a ticket, as its form has it. */
export type Fields = {
  subject: string;
  body: string;
  priority: TicketRow["priority"];
  assignee: string;
  tags: string;
};

export type FieldName = keyof Fields;
const NAMES: readonly FieldName[] = ["subject", "body", "priority", "assignee", "tags"];

/** Two texts that began as one: what both changed, each in another way, is for a person to choose. */
export type Meeting = {
  /** Both changes together; where they contradict each other, mine. */
  merged: Fields;
  /** What only the other changed. */
  theirs: readonly FieldName[];
  /** What both changed. */
  both: readonly FieldName[];
};

export function fieldsOf(row: TicketRow, body: string): Fields {
  const { subject, priority } = row;
  return { subject, body, priority, assignee: row.assignee ?? "", tags: row.tags.join(", ") };
}

/** The names of what is another than it was. */
export function differing(fields: Fields, before: Fields): FieldName[] {
  return NAMES.filter((name) => meant(fields, name) !== meant(before, name));
}

/** Only what is another than it was: a colleague's change of something else stays. */
export function differences(fields: Fields, before: Fields) {
  const { subject, body, priority } = fields;
  const changed = new Set(differing(fields, before));
  return {
    ...(changed.has("subject") && { subject }),
    ...(changed.has("body") && { body }),
    ...(changed.has("priority") && { priority }),
    ...(changed.has("assignee") && { assignee: fields.assignee.trim() || null }),
    ...(changed.has("tags") && { tags: tagsOf(fields.tags) }),
  };
}

/** Brings together what two people made of the same fields. */
export function met(base: Fields, mine: Fields, theirs: Fields): Meeting {
  const own = differing(mine, base);
  const others = differing(theirs, base);
  return {
    merged: taking(own, mine, theirs),
    theirs: others.filter((name) => !own.includes(name)),
    both: differing(mine, theirs).filter((name) => own.includes(name) && others.includes(name)),
  };
}

/** Some fields of one text, the rest of another. */
export function taking(names: readonly FieldName[], from: Fields, rest: Fields): Fields {
  return { ...rest, ...Object.fromEntries(names.map((name) => [name, from[name]])) };
}

/** Mine with theirs beside it, where a text can hold both. */
export function joined(names: readonly FieldName[], mine: Fields, theirs: Fields): Fields {
  return {
    ...mine,
    ...(names.includes("body") && { body: `${mine.body}\n\n${theirs.body}` }),
    ...(names.includes("tags") && { tags: [...new Set([...tagsOf(mine.tags), ...tagsOf(theirs.tags)])].join(", ") }),
  };
}

/** A field's value in words. */
export function worded(fields: Fields, name: FieldName): string {
  if (name === "priority") return texts.words.priority[fields.priority];
  if (name === "assignee") return fields.assignee.trim() || texts.words.nobody;
  return fields[name] || texts.words.none;
}

/** Some fields as a text to be copied. */
export function asText(fields: Fields, names: readonly FieldName[]): string {
  return names.map((name) => `${texts.ticket.field[name]}: ${worded(fields, name)}`).join("\n");
}

export function tagsOf(tags: string): string[] {
  return tags
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
}

function meant(fields: Fields, name: FieldName): string {
  return name === "tags" ? tagsOf(fields.tags).join(",") : name === "assignee" ? fields.assignee.trim() : fields[name];
}
