import assert from "node:assert/strict";
import { test } from "node:test";
import { destinationOf } from "../src/frame/links";

const base = "https://here.example/0123";

const followed: [href: string, href: string, shown: string][] = [
  ["https://there.example/a?b#c", "https://there.example/a?b#c", "there.example"],
  ["http://there.example:8080/", "http://there.example:8080/", "there.example:8080"],
  ["//there.example", "https://there.example/", "there.example"],
  ["/4567", "https://here.example/4567", "here.example"],
  // Nothing that stands before the host may pass for it.
  ["https://bank.example@there.example/", "https://bank.example@there.example/", "there.example"],
  ["https:\\\\there.example\\bank.example", "https://there.example/bank.example", "there.example"],
  // A host that looks like another is shown as it really is.
  ["https://bаnk.example/", "https://xn--bnk-6cd.example/", "xn--bnk-6cd.example"],
  ["mailto:ann@there.example?subject=hi", "mailto:ann@there.example?subject=hi", "ann@there.example"],
];

for (const [link, href, shown] of followed) {
  test(`${link} leads to ${shown}`, () => {
    assert.deepEqual(destinationOf(link, base), { href, shown });
  });
}

const ignored = [
  "javascript:alert(1)",
  " jAvAsCrIpT:alert(1)",
  "data:text/html,hello",
  "blob:https://here.example/1",
  "file:///etc/passwd",
  "about:blank",
  "view-source:https://here.example",
  "tel:123",
  "https://",
];

for (const link of ignored) {
  test(`${link} leads nowhere`, () => {
    assert.equal(destinationOf(link, base), undefined);
  });
}
