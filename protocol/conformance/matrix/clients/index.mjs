// The clients of the matrix, in the order of the table's columns.

import { createRequire } from "node:module";
import "../browser.mjs";
import { PhoenixClient } from "./phoenix.mjs";
import { SupabaseClient } from "./supabase.mjs";

// As they are installed for a bundler or for Node; some were never written as modules.
const load = createRequire(import.meta.url);

/**
 * @param {string} version
 * @returns {[label: string, load: (label: string) => import("../types.js").Client]}
 */
const phoenix = (version) => [`phoenix.js ${version}`, (label) => new PhoenixClient(label, load(`phoenix-${version}`))];

/**
 * @param {string} version
 * @returns {[label: string, load: (label: string) => import("../types.js").Client]}
 */
const supabase = (version) => [
  `@supabase/realtime-js ${version}`,
  (label) => new SupabaseClient(label, load(`@supabase/realtime-js-${version}`)),
];

/** Each is loaded in a process of its own: what it does to the global scope stays there. */
const clients = {
  "phoenix-1.2.0": phoenix("1.2.0"),
  "phoenix-1.3.0": phoenix("1.3.0"),
  "phoenix-1.4.0": phoenix("1.4.0"),
  "phoenix-1.4.17": phoenix("1.4.17"),
  "phoenix-1.5.14": phoenix("1.5.14"),
  "phoenix-1.6.16": phoenix("1.6.16"),
  "phoenix-1.7.23": phoenix("1.7.23"),
  "phoenix-1.8.16": phoenix("1.8.16"),
  "phoenix-channels-1.0.0": /** @type {ReturnType<typeof phoenix>} */ ([
    "phoenix-channels 1.0.0",
    (label) => new PhoenixClient(label, load("phoenix-channels"), load("websocket").w3cwebsocket),
  ]),
  "supabase-2.15.5": supabase("2.15.5"),
  "supabase-2.119.1": supabase("2.119.1"),
};

/** The column of the client that is not on npm. */
export const label2015 = "form of 2015";

/** The heads of the table's columns. */
export const columns = [label2015, ...Object.values(clients).map(([label]) => label)];

/** @typedef {keyof typeof clients} ClientName */

/**
 * @param {ClientName} name
 * @returns {import("../types.js").Client}
 */
export function client(name) {
  const [label, make] = clients[name];
  return make(label);
}
