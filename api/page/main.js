// The page put together: the state in the middle, those who draw it, and those who act on it.

import { box } from "./box.js";
import { camera } from "./camera.js";
import { dots } from "./dots.js";
import { filterBar } from "./filter_bar.js";
import { finder } from "./finder.js";
import { hits } from "./hits.js";
import { intake } from "./intake.js";
import { keyForm, keyring } from "./key.js";
import { photo } from "./photo.js";
import { results } from "./results.js";
import { service } from "./service.js";
import { shrunk } from "./shrink.js";
import { START, store } from "./state.js";

const byId = (id) => document.getElementById(id);
const ring = keyring(opened);
const state = store({ ...START, keyWanted: !ring.get() });
const shop = service(ring.get);
const search = finder(state, shop);
const form = keyForm(ring, shop.check, opened);

draw();
act();
if (state.get().keyWanted) form.open();

/** Go on with a new key, from where the last one failed. */
function opened() {
  state.set({ keyWanted: false });
  if (state.get().phase === "failed") search.refresh();
}

function draw() {
  state.watch((now, before) => {
    const searched = now.phase !== "start" && !now.keyWanted;
    document.documentElement.dataset.view = now.keyWanted ? "key" : searched ? "found" : "start";
    document.documentElement.dataset.phase = now.phase;
    byId("start").hidden = searched || now.keyWanted;
    byId("key").hidden = !now.keyWanted;
    byId("found").hidden = !searched;
    byId("new-photo").hidden = !searched;
    byId("change-key").hidden = now.keyWanted;
    if (now.phase === "failed" && before.phase !== "failed" && now.problem.aboutKey) {
      ring.forget();
      state.set({ keyWanted: true });
      form.open(now.problem.detail);
    }
  });
  photo(state);
  dots(state, search.choose);
  box(state, search.adjust);
  filterBar(state, search.filter);
  hits(state, { more: search.more, similar });
  results(state);
}

function act() {
  intake(take, () => !state.get().keyWanted);
  camera(take);
  byId("new-photo").addEventListener("click", renew);
  byId("problem-new").addEventListener("click", renew);
  byId("retry").addEventListener("click", () => search.refresh());
  byId("add-garment").addEventListener("click", () => search.add([0.3, 0.3, 0.7, 0.7]).then(() => byId("box").focus()));
  byId("back").addEventListener("click", () => history.back());
  addEventListener("popstate", (event) => search.back(event.state?.depth ?? 0));
  byId("change-key").addEventListener("click", () => {
    state.set({ keyWanted: true });
    form.open();
  });
}

/** Search with a photo or an address, whatever way it came. */
function take({ file, url }) {
  scrollTo({ top: 0 });
  search.start(url ? { url } : shrunk(file).then((blob) => ({ blob, preview: URL.createObjectURL(blob) })));
}

/** Show products like one of the hits; the browser's way back leads to the photo's hits again. */
function similar(hit) {
  history.pushState({ depth: state.get().trail.length + 1 }, "");
  search.similarTo(hit);
  byId("results").focus({ preventScroll: true });
  byId("results").scrollIntoView({ block: "start" });
}

/** Leave this photo for another one. */
function renew() {
  search.reset();
  byId("photo-input").focus();
}
