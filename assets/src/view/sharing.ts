// How a page's address gets to somebody else: copied, handed to another
// application, or read off the screen by a telephone.

import { encode } from "uqr";
import { say } from "../words/say";
import { addressField } from "./bar";
import { copyFrom } from "./copy";
import { closeButton, openDialog } from "./dialog";
import { h, setText } from "./dom";
import { svg } from "./icons";

/** Opens the dialog. */
export function openSharing(address: string): void {
  const field = addressField(address);
  const copy = h("button", { class: "button", type: "button" }, say("page.copy"));
  const said = h("p", { class: "said", role: "status" });
  copy.addEventListener("click", () => {
    void copyFrom(field).then((copied) => { setText(said, say(copied ? "page.copied" : "page.copyByHand")); });
  });
  const ways = [copy];
  // Not every browser can, and over plain http none may.
  if ("share" in navigator) {
    const send = h("button", { class: "button quiet", type: "button" }, say("share.send"));
    // Whoever thinks better of it has not made a mistake.
    send.addEventListener("click", () => { navigator.share({ url: address }).catch(() => undefined); });
    ways.push(send);
  }
  openDialog(
    h(
      "dialog",
      { class: "sharing", "aria-labelledby": "sharing-title" },
      h("div", { class: "head" }, h("h2", { id: "sharing-title" }, say("share.title")), closeButton()),
      h("p", { class: "note" }, say("share.note")),
      code(address),
      h("div", { class: "address" }, field),
      h("p", { class: "choices" }, ...ways),
      said,
    ),
  );
}

/** The address as a QR code, dark on light in any theme, with four modules of quiet around it. */
function code(address: string): SVGSVGElement {
  const { data, size } = encode(address, { ecc: "M", border: 4 });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return svg(
    "svg",
    { class: "code", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": say("share.code"), "shape-rendering": "crispEdges" },
    svg("path", { fill: "#fff", d: `M0 0h${size}v${size}H0z` }),
    svg("path", { fill: "#000", d: path }),
  );
}
