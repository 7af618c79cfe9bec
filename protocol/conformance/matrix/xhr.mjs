// XMLHttpRequest for Node, as far as the long-poll clients use it: asynchronous, text,
// with the events in the order in which browsers fire them.

/**
 * @typedef {object} Exchange a request with its answer
 * @property {string} method
 * @property {URL} url
 * @property {Record<string, string>} headers
 * @property {string | ArrayBuffer} body
 * @property {any} answer the JSON of the answer, null if there was none
 */

/**
 * @param {() => import("./browser.mjs").currentTab extends () => infer T ? T : never} currentTab owns the requests that are made
 */
export function requestClass(currentTab) {
  return class XMLHttpRequest {
    readyState = 0;
    responseText = "";
    timeout = 0;
    /** @type {(() => void) | null} */ onreadystatechange = null;
    /** @type {(() => void) | null} */ onerror = null;
    /** @type {(() => void) | null} */ ontimeout = null;
    #method = "GET";
    #url = "";
    /** @type {Record<string, string>} */
    #headers = {};
    #tab = currentTab();
    #controller = new AbortController();

    /**
     * @param {string} method
     * @param {string} url
     */
    open(method, url) {
      this.#method = method;
      this.#url = url;
      this.readyState = 1;
    }

    /**
     * @param {string} name
     * @param {string} value
     */
    setRequestHeader(name, value) {
      this.#headers[name] = value;
    }

    abort() {
      this.#controller.abort();
    }

    /** @param {string | ArrayBuffer | null} [body] */
    async send(body) {
      const tab = this.#tab;
      const gone = () => this.#controller.abort("the tab was closed");
      tab.closers.add(gone);
      const late = this.timeout > 0 ? AbortSignal.timeout(this.timeout) : undefined;
      const signal = late === undefined ? this.#controller.signal : AbortSignal.any([late, this.#controller.signal]);
      /** @type {(() => void) | null} */
      let failed = null;
      const queued = this.#method === "POST";
      if (queued) await tab.turns.begin();
      try {
        const answer = await fetch(this.#url, { method: this.#method, headers: this.#headers, body: body ?? null, signal });
        this.responseText = await answer.text();
      } catch {
        failed = late?.aborted ? this.ontimeout : this.#controller.signal.aborted ? null : this.onerror;
      }
      if (queued) tab.turns.done();
      tab.closers.delete(gone);
      if (this.#controller.signal.reason === "the tab was closed") return;
      tab.requests.write({
        method: this.#method,
        url: new URL(this.#url),
        headers: this.#headers,
        body: body ?? "",
        answer: parsed(this.responseText),
      });
      this.readyState = 4;
      for (const handler of [this.onreadystatechange, failed]) {
        try {
          handler?.();
        } catch (error) {
          tab.errors.write(error);
        }
      }
    }
  };
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // an error page, or nothing
  }
}
