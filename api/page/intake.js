// The ways a photo comes in: picked, dropped, pasted, or by its address. Each ends in `take({file})` or `take({url})`.

const byId = (id) => document.getElementById(id);

/** Open all ways. `take` is called with every photo or address; `open()` says whether photos are wanted now. */
export function intake(take, open) {
  for (const input of [byId("photo-input"), byId("camera-input")]) {
    input.addEventListener("change", () => {
      const [file] = input.files;
      if (file) take({ file });
      input.value = ""; // so that the same photo can be chosen again
    });
  }
  byAddress(take);
  byDrop(take, open);
  document.addEventListener("paste", (event) => {
    const found = carried(event.clipboardData);
    const typing = event.target.closest?.("input, textarea");
    if (!open() || !found || (typing && !found.file)) return;
    event.preventDefault();
    take(found);
  });
}

/** Return the photo or the address that a drop or the clipboard carries, files first; null where there is neither. */
export function carried(data) {
  const file = [...(data?.files ?? [])].find((one) => one.type.startsWith("image/")) ?? data?.files?.[0];
  if (file) return { file };
  const text = data?.getData("text/uri-list") || data?.getData("text/plain") || "";
  const url = address(text.split("\n").find((line) => line.trim() && !line.startsWith("#")) ?? "");
  return url ? { url } : null;
}

/** Return the text as an http(s) address, or null. */
export function address(text) {
  try {
    const url = new URL(text.trim());
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function byAddress(take) {
  const [form, input, fault] = [byId("by-url"), byId("url-input"), byId("url-fault")];
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const url = address(input.value);
    fault.textContent = url ? "" : "Please enter the whole address of a photo, beginning with https://.";
    input.toggleAttribute("aria-invalid", !url);
    if (!url) return input.focus();
    input.value = "";
    take({ url });
  });
}

/** Photos may be dropped anywhere on the page; a veil says so while one hovers. */
function byDrop(take, open) {
  const veil = byId("drop-veil");
  let depth = 0;
  const hover = (over) => veil.classList.toggle("over", over);
  const leave = () => hover((depth = 0) > 0);
  addEventListener("dragenter", (event) => {
    if (!open() || event.dataTransfer?.types.length === 0) return;
    event.preventDefault();
    depth += 1;
    hover(true);
  });
  addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) hover(false);
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("dragend", leave);
  addEventListener("drop", (event) => {
    event.preventDefault();
    leave();
    const found = open() ? carried(event.dataTransfer) : null;
    if (found) take(found);
  });
}
