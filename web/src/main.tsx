import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import "./ui/tokens.css";
import "./ui/parts.css";
import "./ui/page.css";

createRoot(document.getElementById("root") as HTMLElement).render(<App />);
