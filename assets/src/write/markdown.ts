// Markdown becomes HTML before it is shared, so that receivers need nothing for
// it. Fetched when somebody writes Markdown.

import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({
  // Markup in the text stays text: who wants HTML has a kind of its own for it.
  html: false,
  linkify: true,
  // A line that ends in the writer's field ends on the page.
  breaks: true,
});

// A page loads nothing from elsewhere, so a picture there becomes a link to it.
markdown.renderer.rules["image"] = (tokens, index) => {
  const { escapeHtml } = markdown.utils;
  const source = String(tokens[index]?.attrGet("src") ?? "");
  const words = tokens[index]?.content ?? "";
  return source.startsWith("data:")
    ? `<img src="${escapeHtml(source)}" alt="${escapeHtml(words)}">`
    : `<a href="${escapeHtml(source)}">${escapeHtml(words || source)}</a>`;
};

// A style would make it a page with looks of its own, which is not put on the
// visitor's ground.
markdown.core.ruler.push("align", ({ tokens }) => {
  for (const token of tokens) {
    const side = /^text-align:(\w+)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
    if (side !== undefined) token.attrs = [["align", side]];
  }
});

/** The HTML of the Markdown. It is a stranger's: it is shown in the safe frame only. */
export function render(source: string): string {
  return markdown.render(source).trimEnd();
}
