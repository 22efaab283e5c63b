// On paper the page is light and as wide as a sheet, whatever the screen is: charts are drawn again for it.
(function (tsweb) {
  "use strict";
  const root = document.documentElement;

  function show_paper(on) {
    if (on === tsweb.on_paper()) return;
    if (on) root.dataset.paper = ""; else delete root.dataset.paper;
    document.dispatchEvent(new CustomEvent("tsweb:paper"));
  }

  tsweb.on_paper = () => "paper" in root.dataset;

  // A printer does not wait for plotly.js to measure its box: it is told the size.
  tsweb.sized_for_paper = function (layout, box) {
    return tsweb.on_paper() && box.clientWidth ? { ...layout, autosize: false, width: box.clientWidth, height: box.clientHeight } : layout;
  };

  window.addEventListener("beforeprint", () => show_paper(true));
  window.addEventListener("afterprint", () => show_paper(false));
  window.matchMedia("print").addEventListener("change", (event) => show_paper(event.matches));
})(window.tsweb);
