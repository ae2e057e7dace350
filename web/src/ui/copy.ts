/**
 * Copies a text; answers whether that worked. The clipboard is missing where the page came over plain http and may be
 * denied: then a field beside `near` is selected and copied the old way, inside the dialog that is open.
 */
export async function copy(text: string, near: Element): Promise<boolean> {
  const written = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  if (written) return true;
  const focused = document.activeElement as HTMLElement | null;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr";
  (near.closest("dialog") ?? document.body).append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return copied;
}
