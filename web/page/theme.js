/**
 * Day or night, put in place before the first paint. A plain script for that reason: modules come
 * later. Night is the default; the choice is remembered.
 */
(() => {
  const STORE = 'aeolian-theme';
  const root = document.documentElement;
  try {
    root.dataset.theme = localStorage.getItem(STORE) === 'day' ? 'day' : 'night';
  } catch {
    root.dataset.theme = 'night';
  }
  addEventListener('aeolian-theme', () => {
    root.dataset.theme = root.dataset.theme === 'day' ? 'night' : 'day';
    try {
      localStorage.setItem(STORE, root.dataset.theme);
    } catch {
      // Not remembered, then.
    }
  });
})();
