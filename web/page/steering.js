/** The keys that steer, as the rows of the table have them, for the card of shortcuts. */

/** @typedef {import('../client/table.js').Row} Row */
/** @typedef {import('./shortcuts.js').Shortcut} Shortcut */
/** @typedef {import('./desk.js').Desk} Desk */

/** How keys are shown, in the order of the card; others come after these, as they are. */
const GLYPHS = /** @type {Record<string, string>} */ ({
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowRight: '→',
  ArrowLeft: '←',
  '+': '+',
  '-': '−',
});
const ORDER = Object.keys(GLYPHS);
/** Presets are chosen by digits, as many as there are; 0 is the volume's. */
const DIGITS = 9;

/** @param {Shortcut} shortcut */
const place = ({ keys: [first] }) => (ORDER.includes(first) ? ORDER.indexOf(first) : ORDER.length);

/** @param {Row} row @param {Desk} desk @returns {Shortcut[]} */
function shortcutsOf(row, desk) {
  const { name, label, values, shortcut } = row;
  if (shortcut) {
    const { up, down, step, says } = shortcut;
    const shown = [...up.slice(0, 1), ...down.slice(0, 1)].map((key) => GLYPHS[key] ?? key).join(' ');
    const act = (/** @type {KeyboardEvent} */ { key }) => desk.step(row, up.includes(key) ? step : -step);
    return [{ keys: [...up, ...down], shown, says, act }];
  }
  if (values.kind !== 'presets') return [];
  const presets = (values.choices ?? []).slice(0, DIGITS);
  return [
    {
      keys: presets.map((_, i) => String(i + 1)),
      shown: `1 … ${presets.length}`,
      says: label,
      act: ({ key }) => desk.set({ [name]: presets[Number(key) - 1].name }, name),
    },
  ];
}

/** @param {Desk} desk @returns {Shortcut[]} */
export const steering = (desk) =>
  desk.rows.flatMap((row) => shortcutsOf(row, desk)).sort((a, b) => place(a) - place(b));
