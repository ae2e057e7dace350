import { useCommands } from "../keys/registry";
import { setLook } from "../ui/look";
import { undo, undoable } from "../ui/toasts";

/** What can be done from anywhere: going places, looking another way, undoing, leaving. */
export function usePageCommands(query: string, go: (to: string) => void, signOut: () => void): void {
  useCommands(
    {
      "everywhere.undo": { when: undoable, run: undo },
      "everywhere.queue": () => go(`/${query}`),
      "everywhere.new": () => go(`/new${query}`),
      "everywhere.settings": () => go(`/settings${query}`),
      "everywhere.dashboard": () => go("/dashboard"),
      "everywhere.reference": () => location.assign("/docs"),
      "everywhere.explorer": () => location.assign("/graphql"),
      "everywhere.light": () => setLook({ theme: "light" }),
      "everywhere.dark": () => setLook({ theme: "dark" }),
      "everywhere.system": () => setLook({ theme: "" }),
      "everywhere.compact": () => setLook({ density: "compact" }),
      "everywhere.normal": () => setLook({ density: "" }),
      "everywhere.roomy": () => setLook({ density: "roomy" }),
      "everywhere.signOut": signOut,
    },
    [query],
  );
}
