/**
 * Keeps the shell, so that an installed page opens without the network and says that it cannot reach
 * the station. The network goes first, always: a page is never older than its station.
 */

const SHELL = 'aeolian-shell';
/** The table of controls belongs to the shell: it says what can be steered, and nothing of a station. */
const NEVER = /\/api\/(?!controls$)|\/ws\/|\/(healthz|readyz)$|\/stream\./;

const worker = /** @type {any} */ (self);

worker.addEventListener('install', () => worker.skipWaiting());
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || NEVER.test(url.pathname)) return;
  event.respondWith(answer(request));
});

/** @param {Request} request */
async function answer(request) {
  const shell = await caches.open(SHELL);
  try {
    const response = await fetch(request);
    if (response.ok && response.status === 200) await shell.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await shell.match(request, { ignoreSearch: request.mode === 'navigate' });
    if (kept) return kept;
    throw error;
  }
}
