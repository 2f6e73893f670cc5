/**
 * The table of controls, as `GET /api/controls` answers it: everything that can be steered, with words
 * for people. What shows a control takes its name from here, and knows none itself.
 */

/**
 * @typedef {object} Choice a name that a control takes, or that one of its levels bears
 * @property {string} name
 * @property {string} [also] another name for it
 * @property {string} label what people call it
 */

/**
 * @typedef {object} Values which values a control takes
 * @property {'number' | 'tonic' | 'choice' | 'levels' | 'presets'} kind
 * @property {Choice[]} [choices] of every kind but a number, in the order in which people are shown them
 * @property {string} [order] how they are ordered, in words
 * @property {number} [lowest] of a number, as what follows
 * @property {number} [highest]
 * @property {number} [step] of a slider; what is between is taken too
 * @property {number} [decimals] to how many it is shown and shared
 * @property {string} [unit] short; empty where it is a share of a whole
 */

/**
 * @typedef {object} Slider how a number is drawn
 * @property {string} shape what its waves do from the lowest to the highest value
 * @property {string[]} says words for its values, each for an equal stretch; none where the number is said
 * @property {string | null} says_lowest the word for the lowest value alone
 * @property {boolean} [in_player] whether the small player has it
 */

/**
 * @typedef {object} KeyBinding the keys that move a control a step
 * @property {string[]} up as `KeyboardEvent.key` names them
 * @property {string[]} down
 * @property {number} step in the control's unit; places, where its values are a list
 * @property {string} says
 */

/**
 * @typedef {object} Row one control
 * @property {string} name the member of a state and of a change
 * @property {string} label what people call it
 * @property {string} about a sentence
 * @property {Values} values
 * @property {any} default
 * @property {'at_once' | 'ramp' | 'next_beat' | 'next_bar'} holds when a change is heard
 * @property {boolean} in_presets whether a preset may set it
 * @property {string} moved "Another listener …"; its new value stands for `{}`
 * @property {Slider | null} slider where it is a number
 * @property {KeyBinding | null} shortcut
 */

/**
 * @typedef {object} Table
 * @property {Row[]} controls
 * @property {{ name: string, label: string, about: string, sets: Record<string, any> }[]} presets
 */

/** The range of a control that is a number. @param {Row} row */
export function range({ values }) {
  const { lowest = 0, highest = 1, step = 0.01, decimals = 2, unit = '' } = values;
  return { lowest, highest, step, decimals, unit };
}
