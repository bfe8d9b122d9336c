// Runs before the first paint, so that a chosen theme never flashes the other
// one.  Reading storage can throw where it is blocked; then the system decides.
try {
  var theme = localStorage.getItem('toll-theme');
  if (theme === 'light' || theme === 'dark') {
    document.documentElement.dataset.theme = theme;
  }
} catch (e) {
  // The system's colour scheme applies.
}
