// The shop's key: from the address (#key=vit_...), from an earlier visit, or asked for.

const NAME = "vitrine.key";

/**
 * Return the key's keeper: `get()`, `keep(key)`, `forget()`. What storage refuses is kept for this visit only.
 * `arrived()` is called when a key comes by the address later on.
 */
export function keyring(arrived) {
  let held = fromAddress() ?? stored((storage) => storage.getItem(NAME)) ?? null;
  const keep = (key) => {
    held = key;
    stored((storage) => storage.setItem(NAME, key));
  };
  if (held) keep(held);
  addEventListener("hashchange", () => {
    const key = fromAddress();
    if (!key) return;
    keep(key);
    arrived();
  });
  return {
    get: () => held,
    keep,
    forget() {
      held = null;
      stored((storage) => storage.removeItem(NAME));
    },
  };
}

/** Take the key out of the address, so that it is neither seen, nor bookmarked, nor passed on. */
function fromAddress() {
  const fields = new URLSearchParams(location.hash.slice(1));
  const key = fields.get("key")?.trim();
  if (!fields.has("key")) return null;
  fields.delete("key");
  const rest = fields.toString();
  history.replaceState(history.state, "", location.pathname + location.search + (rest && `#${rest}`));
  return key || null;
}

function stored(use) {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}

/** Run the form that asks for the key. `check(key)` throws a Problem; `opened()` is called with a good key kept. */
export function keyForm(ring, check, opened) {
  const form = document.getElementById("key-form");
  const [input, fault, button] = [form.elements.key, document.getElementById("key-fault"), form.querySelector("button")];

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const key = input.value.trim();
    fault.textContent = key ? "" : "Please enter the key.";
    if (!key) return;
    const before = ring.get();
    button.disabled = true;
    ring.keep(key);
    try {
      await check();
    } catch (problem) {
      before ? ring.keep(before) : ring.forget();
      refuse(problem.detail);
      return;
    } finally {
      button.disabled = false;
    }
    input.value = "";
    opened();
  });

  function refuse(detail) {
    fault.textContent = detail;
    input.setAttribute("aria-invalid", "true");
    input.focus();
    input.select();
  }

  input.addEventListener("input", () => input.removeAttribute("aria-invalid"));
  return {
    /** Ask for the key, saying what is wrong with the last one, if anything is. */
    open(detail = "") {
      fault.textContent = "";
      if (detail) refuse(detail);
      else input.focus({ preventScroll: true });
    },
  };
}
