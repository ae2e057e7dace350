import "../ui/parts.css";
import "../ui/page.css";

/** The sign-in page, in the look of the page and not of GraphiQL: whoever signs in loads the explorer anew. */
export { SignIn as default } from "../features/signin/SignIn";
