// The search shows the words around what it found by reading the pages, which a browser forbids to pages that are opened from files.
if (location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
