import { expect, test } from "vitest";
import type { Message, Participant } from "../../api/documents";
import type { OpenTicket } from "../../api/state";
import { quotedBelow, recipientsOf } from "./recipients";

const person = (address: string, confirmed = true): Participant => ({
  address,
  confirmed,
  name: null,
  requester: false,
});
const ann = person("ann@customer.example");
const bob = person("bob@customer.example");
const eve = person("eve@customer.example", false);

const open = (over: Partial<OpenTicket>): OpenTicket => ({
  number: 1,
  body: "On the train.",
  extra: {},
  mail: null,
  participants: [],
  outgoing: [],
  behind: [],
  messages: [],
  events: [],
  stale: false,
  ...over,
});
const message = (kind: Message["kind"], text: string) => ({ kind, text }) as Message;

test("a reply goes to everybody who is confirmed and was not left out, and nobody else", () => {
  const found = recipientsOf(open({ participants: [ann, bob, eve] }), [ann.address, "gone@customer.example"]);
  expect(found).toEqual({ known: [ann, bob], chosen: [bob.address], unconfirmed: [eve] });
});

test("a ticket that has nothing to do with mail has no recipients, one that began as mail may have none left", () => {
  expect(recipientsOf(open({}), [])).toBeNull();
  expect(recipientsOf(open({ participants: null }), [])).toBeNull();
  const mail = {} as NonNullable<OpenTicket["mail"]>;
  expect(recipientsOf(open({ mail }), [])).toEqual({ known: [], chosen: [], unconfirmed: [] });
});

test("what came last is quoted, else the request itself", () => {
  expect(quotedBelow(open({}))).toBe("On the train.");
  const messages = [message("INCOMING", "One."), message("INCOMING", "Two."), message("REPLY", "Three.")];
  expect(quotedBelow(open({ messages }))).toBe("Two.");
});
