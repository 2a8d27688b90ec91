// What the tests look for on the page: names, contrast, focus. Evaluates to an object of functions.
({
  /** Return what a screen reader could not name. */
  unnamed() {
    return [...document.querySelectorAll("button, a, input, [role=application], img")]
      .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.ariaHidden !== "true")
      .filter((one) => !(one.ariaLabel || one.innerText?.trim() || one.alt || one.labels?.length || one.title))
      .map((one) => one.outerHTML);
  },

  /** Return texts whose contrast with their ground is below 4.5. */
  faint() {
    const scratch = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const parts = (colour) => {
      scratch.clearRect(0, 0, 1, 1);
      scratch.fillStyle = colour;
      scratch.fillRect(0, 0, 1, 1);
      return [...scratch.getImageData(0, 0, 1, 1).data];
    };
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const light = (colour) => {
      const [red, green, blue] = parts(colour).map((part) => linear(part / 255));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = (one) => {
      for (let at = one; at; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor;
        if (parts(colour)[3] === 255) return colour;
      }
      return "#fff";
    };
    const seen = { opacityProperty: true, visibilityProperty: true };
    return [...document.querySelectorAll("body *")]
      .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
      .filter((one) => one.checkVisibility(seen) && !one.closest(".unseen, #drop-veil"))
      .map((one) => [light(getComputedStyle(one).color), light(ground(one)), one.outerHTML.slice(0, 90)])
      .filter(([one, other]) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) < 4.5);
  },

  /** Return what has the focus, and whether one can see that. */
  focus() {
    const one = document.activeElement;
    const styles = [getComputedStyle(one), getComputedStyle(one, "::after")];
    const visible = styles.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
    return [one.className + one.id, visible];
  },
});
