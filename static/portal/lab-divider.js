// The line between the text and the chart: dragged, or moved with the arrow keys, and remembered.
(function (tsweb) {
  "use strict";

  tsweb.set_up_divider = function (split, divider, on_move) {
    function set_width(share) {
      const width = Math.min(75, Math.max(20, share));
      split.style.setProperty("--left", width + "%");
      divider.setAttribute("aria-valuenow", String(Math.round(width)));
      try { localStorage.setItem("tsweb-lab-width", String(width)); } catch (error) { /* not remembered */ }
      on_move();
    }

    divider.addEventListener("pointerdown", (event) => {
      divider.setPointerCapture(event.pointerId);
      const move = (at) => set_width(((at.clientX - split.getBoundingClientRect().left) / split.clientWidth) * 100);
      divider.addEventListener("pointermove", move);
      divider.addEventListener("pointerup", () => divider.removeEventListener("pointermove", move), { once: true });
    });
    divider.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
      if (by) { event.preventDefault(); set_width(Number(divider.getAttribute("aria-valuenow")) + by); }
    });
    let remembered = 0;
    try { remembered = Number(localStorage.getItem("tsweb-lab-width")); } catch (error) { remembered = 0; }
    if (remembered) set_width(remembered);
  };
})(window.tsweb);
