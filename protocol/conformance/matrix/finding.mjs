// What a test found, other than that everything works.

/** @typedef {import("./types.js").Finding} Finding */

/**
 * The client has no such thing, whoever serves it.
 * @param {string} note how that was found
 * @returns {Finding}
 */
export const absent = (note) => ({ result: "–", note });

/**
 * It does not work together.
 * @param {string} note why
 * @returns {Finding}
 */
export const broken = (note) => ({ result: "no", note });

/**
 * It works, and there is something to say.
 * @param {string} note
 * @returns {Finding}
 */
export const works = (note) => ({ result: "yes", note });
