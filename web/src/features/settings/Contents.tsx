import { useEffect, useState } from "react";
import { texts } from "../../texts";

/** The parts of the settings, each with the way there; the one that is read is marked. */
export function Contents({ parts }: { parts: readonly (readonly [id: string, name: string])[] }) {
  const [read, setRead] = useState(parts[0]?.[0]);
  const ids = parts.map(([id]) => id).join(" ");
  useEffect(() => {
    const shown = new Set<string>();
    const watch = new IntersectionObserver((changes) => {
      for (const { target, isIntersecting } of changes) shown[isIntersecting ? "add" : "delete"](target.id);
      setRead((before) => ids.split(" ").find((id) => shown.has(id)) ?? before);
    });
    for (const id of ids.split(" ")) {
      const part = document.getElementById(id);
      if (part) watch.observe(part);
    }
    return () => watch.disconnect();
  }, [ids]);
  return (
    <nav className="toc" aria-label={texts.settings.title}>
      {parts.map(([id, name]) => (
        <a key={id} href={`#${id}`} aria-current={id === read || undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}
