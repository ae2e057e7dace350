import { createRoot } from "react-dom/client";
import { SignIn } from "../features/signin/SignIn";
import { useViewer } from "../features/signin/useViewer";
import { Explorer } from "./Explorer";
import "./workers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "../ui/tokens.css";
import "./graphiql.css";

function Page() {
  const [signedIn, again] = useViewer();
  if (signedIn.state === "asking") return null;
  if (signedIn.state === "nobody") return <SignIn trouble={signedIn.trouble} onDone={again} />;
  return <Explorer viewer={signedIn.viewer} />;
}

createRoot(document.getElementById("root") as HTMLElement).render(<Page />);
