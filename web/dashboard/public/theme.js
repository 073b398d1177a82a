// Before anything is drawn: the light or dark that was chosen here. What was not chosen is the system's.
try {
  const theme = localStorage.getItem('swarmline-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // A browser that remembers nothing.
}
