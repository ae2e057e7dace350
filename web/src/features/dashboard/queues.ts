/** What a list is to show, in the words of the address. */
type Asked = Partial<Record<"status" | "priority" | "assignee" | "order" | "decided" | "decidedBy", string>>;

/** The address of the queue that a number counts: figures know no window of days. */
export function queueOf(asked: Asked): string {
  return `/?${new URLSearchParams({ ...asked, days: "ANY" })}`;
}
