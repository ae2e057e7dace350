export type Piece = { kind: "same" | "del" | "ins"; text: string };

const MOST_STEPS = 250_000; // words × words: a longer text is shown whole, before and after

/** What became of a text, word by word: what stayed, what went, what came. */
export function difference(before: string, after: string): Piece[] {
  const one = wordsOf(before);
  const other = wordsOf(after);
  if (one.length * other.length > MOST_STEPS) return [piece("del", before), piece("ins", after)].filter(hasText);
  const common = longestCommon(one, other);
  const pieces: Piece[] = [];
  const add = (kind: Piece["kind"], text: string) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push(piece(kind, text));
  };
  let left = 0;
  let right = 0;
  while (left < one.length || right < other.length) {
    const [gone, come] = [one[left], other[right]];
    if (gone !== undefined && gone === come) {
      add("same", gone);
      left += 1;
      right += 1;
    } else if (gone !== undefined && at(common, left + 1, right) >= at(common, left, right + 1)) {
      add("del", gone);
      left += 1;
    } else {
      add("ins", come ?? "");
      right += 1;
    }
  }
  return pieces;
}

/** Words with the space behind them. */
function wordsOf(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** For every pair of ends, how many words they have in common, in order. */
function longestCommon(one: readonly string[], other: readonly string[]): number[][] {
  const table = Array.from({ length: one.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  for (let left = one.length - 1; left >= 0; left -= 1) {
    const row = table[left] as number[];
    for (let right = other.length - 1; right >= 0; right -= 1)
      row[right] =
        one[left] === other[right]
          ? at(table, left + 1, right + 1) + 1
          : Math.max(at(table, left + 1, right), at(table, left, right + 1));
  }
  return table;
}

function at(table: readonly number[][], left: number, right: number): number {
  return table[left]?.[right] ?? -1;
}

function piece(kind: Piece["kind"], text: string): Piece {
  return { kind, text };
}

function hasText({ text }: Piece): boolean {
  return text !== "";
}
