import { useEffect } from "react";
import { createRoot } from "react-dom/client";
import { before } from "../api/session";
import { useViewer } from "../features/signin/useViewer";
import { Explorer } from "./Explorer";
import "./workers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "../ui/tokens.css";
import "./graphiql.css";

/** The explorer for whoever is signed in; others sign in on the page, which brings them back. */
function Page() {
  const { signedIn } = useViewer();
  const nobody = signedIn.state === "nobody";
  useEffect(() => {
    if (nobody) location.replace(before("/graphql"));
  }, [nobody]);
  return signedIn.state === "somebody" && <Explorer viewer={signedIn.viewer} />;
}

createRoot(document.getElementById("root") as HTMLElement).render(<Page />);
