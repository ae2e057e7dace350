import "./ui/tokens.css";
import "./ui/css/base.css";
import "./ui/css/controls.css";
import "./ui/css/signs.css";
import "./ui/css/bar.css";
import "./ui/css/desk.css";
import "./ui/css/float.css";
import "./ui/css/notices.css";
import "./ui/css/page.css";
import "./features/queue/queue.css";
import "./features/ticket/ticket.css";
import "./features/dashboard/dashboard.css";
import "./features/signin/signin.css";
import "./features/customer/customer.css";
import "./features/settings/settings.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";

createRoot(document.getElementById("root") as HTMLElement).render(<App />);
