/** Words of music as people read them. */

/** @param {string} name @returns {string} with real sharps and flats */
export const pretty = (name) => name.replace('#', '♯').replace(/(?<=[A-G])b/, '♭');

/** @param {string} name @returns {string} as a screen reader should say it */
export const spoken = (name) => name.replace('#', ' sharp').replace(/(?<=[A-G])b/, ' flat');

/** @param {string} name of a mode @returns {string} within a sentence */
export const plain = (name) => name.replaceAll('_', ' ');

/** @param {string} word */
export const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
