import type { TadaDocumentNode } from "gql.tada";
import { texts } from "../texts";
import { textOf } from "./graphql";

/** The desk refused a request as a whole; `code` is one of the contract's error codes. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code: string,
    id?: string,
  ) {
    super(id ? `${message} (${id})` : message);
  }
}

/** No answer came: the link is down, or the desk is. */
export class Unreachable extends Error {
  override message = texts.desk.unreachable;
}

type Answer<Data> = {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string; id?: string } }[];
};

const ended = new EventTarget();

/** Calls back when an answer says that nobody is signed in any more; the returned function ends that. */
export function onSessionEnd(callback: () => void): () => void {
  ended.addEventListener("ended", callback);
  return () => ended.removeEventListener("ended", callback);
}

export function sessionEnded(): void {
  ended.dispatchEvent(new Event("ended"));
}

/** Runs a query or mutation. Raises Refused or Unreachable. */
export async function ask<Data, Variables>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  options: { keepalive?: boolean } = {},
): Promise<Data> {
  const answer = await post<Answer<Data>>("/graphql", { query: textOf(document), variables }, options);
  return checked(answer)?.data as Data;
}

/** The answer, if it holds no error. Raises Refused. */
function checked<Body extends Answer<unknown>>(answer: Body | null): Body | null {
  const [error] = answer?.errors ?? [];
  if (error?.extensions?.code === "UNAUTHENTICATED") sessionEnded();
  if (error) throw new Refused(error.message, error.extensions?.code ?? "", error.extensions?.id);
  return answer;
}

/** A file that the desk has, for a reply that is still to come. */
export type Uploaded = { id: string; name: string; size: number };

/** Sends a file to the desk. Raises Refused or Unreachable. */
export async function upload(file: File): Promise<Uploaded> {
  const headers = { "content-type": file.type || "application/octet-stream" };
  const path = `/attachments?name=${encodeURIComponent(file.name)}`;
  return checked(await fetched<Answer<never> & Uploaded>(path, { headers, body: file })) as Uploaded;
}

async function post<Body>(path: string, body: unknown, options: { keepalive?: boolean }): Promise<Body | null> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  return fetched(path, { headers, body: JSON.stringify(body), ...options });
}

async function fetched<Body>(path: string, options: RequestInit): Promise<Body | null> {
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", ...options });
    return response.status === 204 ? null : await response.json();
  } catch {
    throw new Unreachable();
  }
}

/** A key that makes a mutation safe to repeat. (randomUUID is missing where the page came over plain http.) */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const unanswered = new Map<string, string>();

/** Sends a mutation under a key that stays the same until an answer came: pressed again, it still happens once. */
export async function once<Answer>(name: string, send: (key: string) => Promise<Answer>): Promise<Answer> {
  const key = unanswered.get(name) ?? newKey();
  unanswered.set(name, key);
  try {
    const answer = await send(key);
    unanswered.delete(name);
    return answer;
  } catch (error) {
    if (!(error instanceof Unreachable)) unanswered.delete(name);
    throw error;
  }
}
