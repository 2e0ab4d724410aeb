// A formula wider than the page scrolls by itself; this lets the keyboard reach and scroll it.
function reachWideFormulas() {
  for (const formula of document.querySelectorAll('mjx-container[display="true"]')) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
    else formula.removeAttribute("tabindex");
  }
}
addEventListener("load", () => {
  (window.MathJax?.startup?.promise ?? Promise.resolve()).then(reachWideFormulas);
});
addEventListener("resize", reachWideFormulas);

// For the lines under a result the search reads the page again, which no browser allows from disk.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
