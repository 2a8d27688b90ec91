// The photo on its stage: shown at once, in its own shape, with room kept for it.

const byId = (id) => document.getElementById(id);

/** Draw the photo of the state. */
export function photo(state) {
  const [image, frame, missing, hint, add] = ["photo", "frame", "no-preview", "look-hint", "add-garment"].map(byId);
  image.referrerPolicy = "no-referrer"; // the photo's host need not know this page

  image.addEventListener("load", () => {
    shape(frame, image.naturalWidth / image.naturalHeight);
    frame.classList.add("shown");
    missing.hidden = true;
  });
  image.addEventListener("error", () => {
    shape(frame, 3 / 4);
    frame.classList.add("shown");
    missing.hidden = false;
  });

  state.watch((now, before) => {
    if (now.source !== before.source) replace(now.source, before.source);
    frame.classList.toggle("searching", now.phase === "searching" && now.garments.length === 0);
    hint.textContent = told(now);
    missing.textContent = `This photo cannot be shown here${now.phase === "failed" ? "" : ", but it is searched all the same"}.`;
    add.hidden = now.garments.length === 0;
  });

  function replace(source, before) {
    if (before?.preview) URL.revokeObjectURL(before.preview);
    frame.classList.remove("shown");
    missing.hidden = true;
    image.hidden = !source;
    if (source) image.src = source.preview ?? source.url;
    else image.removeAttribute("src");
  }
}

/** Give the frame the photo's shape; the style sheet fits it into the room there is. */
function shape(frame, ratio) {
  frame.style.setProperty("--ratio", ratio.toFixed(4));
}

function told({ garments, phase }) {
  if (garments.length === 0) return phase === "searching" ? "Looking for garments…" : "";
  if (garments.every((one) => one.whole)) return "Draw the box around what you mean.";
  return garments.length > 1 ? "Tap a dot, or drag the box." : "Drag the box to adjust.";
}
