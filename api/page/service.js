// The shop's API, as far as the page needs it.

const LIMIT = 24; // full rows of two, three and four
const TIMEOUT_MS = 60_000;

/** What went wrong, in words for the shopper: `title`, `detail`, HTTP `status` (0: no answer at all). */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail);
    Object.assign(this, { status, title, detail: sentence(detail) });
  }

  /** Whether the key is what is wrong. */
  get aboutKey() {
    return this.status === 401 || this.status === 403;
  }

  /** Whether the same question may well be answered later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Return the shop as `key` (a function) opens it. Every call takes an AbortSignal and throws Problem. */
export function service(key) {
  const call = (path, options, signal) => ask(path, options, key(), signal);
  return {
    /** Search by a photo ({blob} or {url}). `options`: region, filters, cursor. */
    search(source, options, signal) {
      const asked = { limit: LIMIT, ...options };
      return call("/v1/search", source.url ? asJson({ image_url: source.url, ...asked }) : asForm(source, asked), signal);
    },

    /** Search by a product of the shop. `options`: filters, cursor. */
    similar(sku, { filters, cursor }, signal) {
      const query = new URLSearchParams({ limit: LIMIT });
      if (filters) query.set("filters", JSON.stringify(filters));
      if (cursor) query.set("cursor", cursor);
      return call(`/v1/products/${encodeURIComponent(sku)}/similar?${query}`, {}, signal);
    },

    /** Throw a Problem unless the key opens the shop. */
    check: (signal) => call("/v1/stats", {}, signal),
  };
}

function asForm(source, options) {
  const body = new FormData();
  body.append("options", JSON.stringify(options));
  body.append("photo", source.blob, source.blob.name || "photo.jpg");
  return { method: "POST", body };
}

function asJson(document) {
  return { method: "POST", body: JSON.stringify(document), headers: { "Content-Type": "application/json" } };
}

async function ask(path, options, key, signal) {
  const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
  const headers = { ...options.headers, Authorization: `Bearer ${key}`, Accept: "application/json" };
  let response;
  let document;
  try {
    response = await fetch(path, { ...options, headers, signal: AbortSignal.any(limits) });
    document = await response.json().catch(() => null);
  } catch (error) {
    signal?.throwIfAborted();
    const slow = error.name === "TimeoutError";
    throw new Problem(0, slow ? "This takes too long" : "No connection", "Check your connection, then try again.");
  }
  signal?.throwIfAborted();
  if (!response.ok || !document) {
    const title = document?.title ?? "The shop did not answer";
    throw new Problem(response.status, title, document?.detail ?? "Please try again in a moment.");
  }
  return document;
}

/** Return the text with a capital and a full stop. */
function sentence(text) {
  const whole = text.trim();
  return whole.charAt(0).toUpperCase() + whole.slice(1) + (/[.!?)]$/.test(whole) ? "" : ".");
}
