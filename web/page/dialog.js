/** Cards that open over the page. */

import { make } from './dom.js';

/**
 * Fills a dialog with a title, a body and a way out; a click beside it closes it too.
 * @param {HTMLDialogElement} dialog @param {string} title
 * @param {...Node} body
 */
export function fillDialog(dialog, title, ...body) {
  const close = make('button', { type: 'button', class: 'close' }, 'Close');
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.replaceChildren(
    make('h2', { id: `${dialog.id}-title` }, title),
    ...body,
    make('p', { class: 'card-end' }, close),
  );
}
