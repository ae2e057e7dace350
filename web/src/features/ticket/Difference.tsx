import { difference } from "./difference";

/** A text with what went struck out and what came underlined. */
export function Difference({ before, after }: { before: string; after: string }) {
  return difference(before, after).map(({ kind, text }, index) => {
    const key = `${index}/${kind}`;
    if (kind === "same") return <span key={key}>{text}</span>;
    return kind === "del" ? <del key={key}>{text}</del> : <ins key={key}>{text}</ins>;
  });
}
