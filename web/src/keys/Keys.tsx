import { useEffect, useState } from "react";
import { listen } from "./listener";
import { type Find, Palette } from "./Palette";
import { useCommands } from "./registry";
import { Sheet } from "./Sheet";

/** Hears the keys, and shows the palette and the sheet that tell them; `find` is what the palette finds beside them. */
export function Keys({ find }: { find: Find }) {
  const [open, setOpen] = useState<"palette" | "sheet" | null>(null);
  useEffect(listen, []);
  useCommands(
    {
      "everywhere.palette": () => setOpen("palette"),
      "everywhere.sheet": () => setOpen("sheet"),
    },
    [],
  );
  const close = () => setOpen(null);
  if (open === "palette") return <Palette find={find} onClose={close} />;
  return open && <Sheet onClose={close} />;
}
