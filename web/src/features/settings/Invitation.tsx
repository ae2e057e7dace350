import { taken } from "../../api/act";
import { ask } from "../../api/ask";
import { linkOf } from "../../api/session";
import { texts } from "../../texts";
import { when } from "../../texts/when";
import { Once } from "../../ui/Once";
import { Invite } from "./documents";

/** A link that signs somebody in once. */
export type Link = { text: string; expiresAt: string };

/** Makes a link for an account. Raises Problem for a refusal. */
export async function invited(name: string): Promise<Link> {
  const { code, expiresAt } = taken((await ask(Invite, { name })).outcome, "SignInCode");
  return { text: linkOf(code), expiresAt };
}

export function Invitation({ name, link }: { name: string; link: Link }) {
  const hint = texts.settings.people.linkOnce(name, when(link.expiresAt));
  return <Once label={texts.settings.people.link} secret={link.text} hint={hint} />;
}
