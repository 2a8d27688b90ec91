// Taking a photo: with the phone's own camera app, or through the browser where there is a camera to look through.

const byId = (id) => document.getElementById(id);

/** Run the camera button. `take` is called with {file}. The button hides where no photo can be taken. */
export function camera(take) {
  const button = byId("camera");
  const phone = matchMedia("(pointer: coarse)").matches;
  const streams = Boolean(navigator.mediaDevices?.getUserMedia);
  button.hidden = !phone && !streams;
  button.addEventListener("click", () => (phone || !streams ? byId("camera-input").click() : look(take)));
}

async function look(take) {
  const [dialog, video, fault, shutter] = ["camera-dialog", "camera-video", "camera-fault", "camera-shutter"].map(byId);
  fault.textContent = "";
  shutter.disabled = true;
  dialog.showModal();
  let stream = null;
  const closed = new AbortController();
  dialog.addEventListener("close", () => {
    closed.abort();
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  }, { once: true }); // prettier-ignore
  byId("camera-close").addEventListener("click", () => dialog.close(), { signal: closed.signal });
  shutter.addEventListener("click", async () => {
    const file = await frame(video);
    dialog.close();
    if (file) take({ file });
  }, { signal: closed.signal, once: true }); // prettier-ignore
  try {
    const wanted = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1440 } };
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    if (closed.signal.aborted) return stream.getTracks().forEach((track) => track.stop());
    video.srcObject = stream;
    await video.play();
    shutter.disabled = false;
    shutter.focus();
  } catch {
    if (!closed.signal.aborted) fault.textContent = "The camera cannot be used. Allow it in the browser, or choose a photo.";
  }
}

/** Return what the camera sees now as a JPEG. */
function frame(video) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
}
