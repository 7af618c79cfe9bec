// The styles that a page is given in its frame, before its own.

const text = `
  :root { color-scheme: light dark; color: #26221c; }
  a { color: #b3470c; text-underline-offset: 0.18em; }
  @media (prefers-color-scheme: dark) { :root { color: #ece6da; } a { color: #f0a868; } }
  body {
    box-sizing: border-box; max-width: 44rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 4rem;
    font: 1.125rem/1.65 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, ui-serif, serif;
    overflow-wrap: anywhere;
  }
`;

/** For text: every space and line is kept. */
export const plainStyle = `${text} body { white-space: pre-wrap; tab-size: 4; }`;

/** For the text that a page of markup was written in. */
export const sourceStyle = `${plainStyle} body { max-width: 60rem; font: 0.9375rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace; tab-size: 2; }`;

/** For markup that brings no colours of its own: it follows the visitor's theme. */
export const markupStyle = `${text}
  img, video, svg, canvas { max-width: 100%; height: auto; }
  pre { overflow-x: auto; white-space: pre; overflow-wrap: normal; }
  pre, code, kbd { font: 0.9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
  pre.text { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; tab-size: 4; }
  h1, h2, h3 { line-height: 1.2; text-wrap: balance; }
  blockquote { margin-inline: 0; padding-inline-start: 1.1rem; border-inline-start: 3px solid #8884; }
  table { border-collapse: collapse; }
  th, td { padding: 0.3rem 0.7rem; border: 1px solid #8886; }
  th:not([align]) { text-align: start; }
  hr { border: 0; border-top: 1px solid #8886; margin-block: 2rem; }
  p.file { margin-block: 1.5rem; }
  audio { width: 100%; }
`;

/**
 * For a page with colours of its own: the light ground that its writer saw. No
 * background is set: one on the root would keep the page's own off the canvas.
 * The links of its files were not written by it, and take its colour.
 */
export const ownStyle = `:where(:root) { color-scheme: light; } :where(p.file a) { color: inherit; line-height: 1.5; text-underline-offset: 0.2em; }`;
