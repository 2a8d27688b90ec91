// Photos of phones are large; what is searched is small. They are made smaller here, before they travel.

export const LONG_SIDE = 1600;
const SMALL_BYTES = 1_500_000;
const AS_IS = new Set(["image/jpeg", "image/png", "image/webp"]);
const QUALITY = 0.9;

/**
 * Return the photo to send: at most LONG_SIDE pixels, upright (EXIF applied), JPEG on white. A photo that is small
 * enough is returned as it is, and so is one this browser cannot read (the service reads more kinds, and says what is
 * wrong with the others).
 */
export async function shrunk(file) {
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
  try {
    if (scale === 1 && file.size <= SMALL_BYTES && AS_IS.has(file.type)) return file;
    return (await drawn(picture, scale)) ?? file;
  } finally {
    picture.close();
  }
}

function drawn(picture, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d", { alpha: false });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}
