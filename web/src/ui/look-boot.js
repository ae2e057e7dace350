// Before the first paint, so that nobody in the dark sees a white page first; look.ts does the rest.
try {
  const { theme = "", density = "" } = JSON.parse(localStorage.getItem("guichet.look") ?? "{}");
  Object.assign(document.documentElement.dataset, { theme, density });
} catch {}
