import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import { linkOf } from "../../api/session";
import { Once } from "../../ui/Once";
import { when } from "../../ui/words";
import { Invite } from "./documents";

/** A link that signs somebody in once. */
export type Link = { text: string; expiresAt: string };

/** Makes a link for an account. Raises Problem for a refusal. */
export async function invited(name: string): Promise<Link> {
  const { code, expiresAt } = taken((await ask(Invite, { name })).outcome, "SignInCode");
  return { text: linkOf(code), expiresAt };
}

export function Invitation({ name, link }: { name: string; link: Link }) {
  const hint = `Send it to ${name} yourself. It works once, until ${when(link.expiresAt)}, and is not shown again.`;
  return <Once label="Link" secret={link.text} hint={hint} />;
}
