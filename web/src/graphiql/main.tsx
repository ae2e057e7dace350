import { lazy, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { useViewer } from "../features/signin/useViewer";
import { Explorer } from "./Explorer";
import "./workers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "../ui/tokens.css";
import "./graphiql.css";

const Door = lazy(() => import("./Door"));

function Page() {
  const { signedIn } = useViewer();
  if (signedIn.state === "asking") return null;
  if (signedIn.state === "nobody")
    return (
      <Suspense>
        <Door trouble={signedIn.trouble} onDone={() => location.reload()} />
      </Suspense>
    );
  return <Explorer viewer={signedIn.viewer} />;
}

createRoot(document.getElementById("root") as HTMLElement).render(<Page />);
