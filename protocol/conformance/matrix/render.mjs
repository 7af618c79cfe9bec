// The table of clients as Markdown, and its place in README.md.

/** @typedef {import("./types.js").Cell} Cell */

const explanation = [
  "Every run of `make test` takes these clients, as they are on npm, through a laboratory (`bin/phxlab`), and the first column, a",
  "script of our own in the form of phoenix.js 0.11 to 0.13.0, through the application. *yes*: a test shows that it works. *–*:",
  "the client has no such thing. *no*: it has, and it does not work. The notes say why. In none of the tests did the server close",
  "a connection with 1000, after which some versions never come back. The table is made from the results.",
];

/**
 * @param {Cell[]} cells in any order
 * @param {string[]} columns
 * @param {string[]} rows
 * @returns {string} what the table is, the table and its notes; an error if a cell is missing
 */
export function render(cells, columns, rows) {
  /** The notes in order of appearance. @type {string[]} */
  const notes = [];
  const mark = (/** @type {string} */ note) => {
    if (note === "") return "";
    if (!notes.includes(note)) notes.push(note);
    return `<sup>${notes.indexOf(note) + 1}</sup>`;
  };
  const lines = rows.map((row) => {
    const results = columns.map((column) => {
      const cell = cells.find(({ client, capability }) => client === column && capability === row);
      if (cell === undefined) throw new Error(`nothing is known of ${column}: ${row}`);
      return cell.result + mark(cell.note);
    });
    return `| ${[row, ...results].join(" | ")} |`;
  });
  return [
    ...explanation,
    "",
    `| | ${columns.join(" | ")} |`,
    `|---|${columns.map(() => ":-:|").join("")}`,
    ...lines,
    "",
    ...notes.map((note, n) => `${n + 1}. ${note}`),
    "",
  ].join("\n");
}

const begin = "<!-- matrix -->\n";
const end = "<!-- /matrix -->";

/**
 * @param {string} readme
 * @param {string} table
 * @returns {string} the text with the table between its marks
 */
export function insert(readme, table) {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no place for the table: ${begin.trim()} … ${end}`);
  return readme.slice(0, from + begin.length) + table + readme.slice(to);
}
