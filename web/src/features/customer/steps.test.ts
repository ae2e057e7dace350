import { expect, test } from "vitest";
import type { TicketEvent, TicketRow } from "../../api/documents";
import { stepsOf } from "./Steps";

const AT = "2026-11-20T10:31:00Z";
const began = { kind: "PROCESSING_STARTED", actor: "an agent", at: AT } as TicketEvent;
const closed = { kind: "CLOSED", actor: "an agent", at: AT } as TicketEvent;

function steps(status: TicketRow["status"], events: TicketEvent[] = [], decision: TicketRow["decision"] = null) {
  const row = { status, decision, createdAt: AT } as TicketRow;
  return stepsOf(row, events).map(({ name, state, told, current }) => [name, state, Boolean(told), current]);
}

test("a request is received, then checked, then decided", () => {
  expect(steps("OPEN")).toEqual([
    ["Received", "done", true, true],
    ["Being checked", "ahead", false, false],
    ["Decision", "ahead", false, false],
  ]);
  expect(steps("PROCESSING", [began])).toEqual([
    ["Received", "done", true, false],
    ["Being checked", "now", true, true],
    ["Decision", "ahead", false, false],
  ]);
  const decision = { outcome: "REJECTED", decidedBy: "an agent", decidedAt: AT, reason: "No." } as const;
  expect(steps("REJECTED", [began], decision)).toEqual([
    ["Received", "done", true, false],
    ["Being checked", "done", true, false],
    ["Rejected", "done", true, true],
  ]);
});

test("a request can be closed without anybody having checked it", () => {
  expect(steps("CLOSED", [closed])[2]).toEqual(["Closed", "done", true, true]);
  expect(steps("CLOSED", [closed])[1]).toEqual(["Being checked", "done", false, false]);
});

test("a request that was reopened is not told to be checked since then", () => {
  expect(steps("OPEN", [began])[1]).toEqual(["Being checked", "ahead", false, false]);
});
