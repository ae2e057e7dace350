import { useEffect } from "react";
import { texts } from "../texts";
import type { IconName } from "../ui/Icon";
import { type CommandId, commands, type Group, groupOf } from "./commands";

/** Something that can be done now, by its key or from the palette. */
export type Command = {
  id: string;
  title: string;
  keys: readonly string[];
  group: Group;
  icon?: IconName;
  /** Whether it can be done at the moment; asked when it is about to be shown or run. */
  when?: () => boolean;
  run: () => unknown;
  /** Kept out of the palette. */
  hidden?: true;
  repeats?: true;
};

const registered = new Set<readonly Command[]>();

/** Makes commands known until the returned function is called. Of two with one key, the later one is meant. */
export function register(commands: readonly Command[]): () => void {
  registered.add(commands);
  return () => registered.delete(commands);
}

/** What can be done now, each once. */
export function available(): Command[] {
  const found = new Map<string, Command>();
  for (const some of registered)
    for (const command of some) if (command.when?.() ?? true) found.set(command.id, command);
  return [...found.values()];
}

/** What a key means now; undefined if it means nothing. */
export function commandOf(key: string): Command | undefined {
  return available().findLast(({ keys }) => keys.includes(key));
}

/** Does what a command does, if it can be done now. */
export async function run(id: string): Promise<void> {
  await available()
    .find((command) => command.id === id)
    ?.run();
}

type Doing = Command["run"] | Pick<Command, "when" | "run">;

/** Says what some of the named commands do as long as the component is there. `deps` as for an effect. */
export function useCommands(doing: Partial<Record<CommandId, Doing>>, deps: readonly unknown[]): void {
  useEffect(
    () =>
      register(
        Object.entries(doing).map(([key, does]) => {
          const id = key as CommandId;
          const how = typeof does === "function" ? { run: does } : does;
          return { id, title: texts.keys.title[id], group: groupOf(id), ...commands[id], ...how };
        }),
      ),
    deps,
  );
}
