import type { SiteText } from "./text";

export const english: SiteText = {
  description: "A page that lives only while somebody has it open.",
  needsScript: {
    title: "This needs JavaScript",
    text: "Pages here are not on the server: they come from the tabs of other visitors, and the script that fetches them, and checks that they are the right ones, runs in your browser.",
  },
  missing: {
    title: "This address cannot be a page",
    text: "It is incomplete or mistyped: perhaps a piece of it was lost when it was copied. Ask whoever sent it to send it again. (The address of a page ends in 64 digits and letters.)",
    write: "Write a page of your own",
  },
  about: {
    title: "Who keeps a page, and who can see it",
    lead: "A page here is in the tabs of those who have it open, and nowhere else. When the last of them closes it, it is gone.",
    sections: [
      {
        title: "What the server sees",
        text: "Which address you ask for or keep, your IP address, and the page itself while it passes from one visitor to another. It could read it then: do not write what its operator must not know.",
      },
      {
        title: "What it stores",
        text: "Nothing. It writes no page to a disk, has no accounts and sets no cookies, and its log names no page. No promise binds whoever runs it: trust them as you would with any other site.",
      },
      {
        title: "Who passes pages on",
        text: "You do. While your tab is open, the server may ask it for a copy for the next visitor. They learn neither who you are nor your IP address: only how many of you there are.",
      },
      {
        title: "What your browser keeps",
        text: "A copy for the tab that has the page, so that a reload does not lose it, until you close the tab or stop sharing. For all tabs: the theme, the language and the like, if you choose them.",
      },
      {
        title: "What a page can do",
        text: "It is checked against its address, so nobody can change it on the way, and shown without scripts and without network. If you run its scripts, they can learn your IP address. How large it may be is said as you write.",
      },
      {
        title: "Who can find a page",
        text: "Whoever has its address, and nobody else: there is no list and no search. Each of them can keep a copy of their own, so gone from here need not mean gone from the world.",
      },
    ],
    contact: "This server is run by:",
    source: "No analytics, no advertising, nothing from third parties. The program is free software:",
    licences: "what it contains of others",
    write: "Write a page",
  },
};
