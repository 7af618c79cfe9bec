// Going to another view of the application. The tab's pages stay where they are.

/** Shows the view at that path, as if the visitor had gone there by the browser's own buttons. */
export function go(path: string): void {
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}
