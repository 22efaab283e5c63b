// Runs before anything is painted, so that a remembered theme never flashes.
(function () {
  "use strict";
  let chosen = null;
  try { chosen = localStorage.getItem("tsweb-theme"); } catch (error) { chosen = null; }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
