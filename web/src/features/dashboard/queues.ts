const DECIDED = "APPROVED,REJECTED";

/** What a list is to show, in the words of the address. */
type Asked = Partial<Record<"status" | "priority" | "assignee" | "order" | "decided" | "decidedBy", string>>;

/** The address of the queue that a number counts: figures know no window of days. */
export function queueOf({ status, order, ...asked }: Asked): string {
  const decided = asked.decided !== undefined;
  const said = new URLSearchParams({ ...asked, days: "ANY" });
  if (status ?? decided) said.set("status", status ?? DECIDED);
  if (order ?? decided) said.set("order", order ?? "UPDATED_DESC");
  return `/?${said}`;
}
