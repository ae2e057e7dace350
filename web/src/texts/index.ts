import { customer } from "./customer";
import { dashboard } from "./dashboard";
import { keys } from "./keys";
import { create, door, look } from "./pages";
import { queue } from "./queue";
import { settings } from "./settings";
import { ticket } from "./ticket";
import { bar, desk, drafts, link, toasts, words } from "./words";

/**
 * Every sentence that the page says. A sentence with a hole in it is a function of what fills it, so that the types
 * know both; another language is another object of the same type.
 */
export const texts = {
  words,
  bar,
  link,
  desk,
  toasts,
  drafts,
  keys,
  queue,
  ticket,
  create,
  customer,
  dashboard,
  door,
  look,
  settings,
};
