import type { SiteText } from "./text";

export const german: SiteText = {
  description: "Eine Seite, die nur lebt, solange jemand sie offen hat.",
  needsScript: {
    title: "Hier braucht es JavaScript",
    text: "Die Seiten liegen nicht auf dem Server: Sie kommen aus den Tabs anderer Besucher, und das Skript, das sie holt und prüft, ob es die richtigen sind, läuft in deinem Browser.",
  },
  missing: {
    title: "Unter dieser Adresse kann keine Seite sein",
    text: "Sie ist unvollständig oder vertippt: Vielleicht ging beim Kopieren ein Stück verloren. Bitte den, der sie dir geschickt hat, es noch einmal zu tun. (Die Adresse einer Seite endet mit 64 Ziffern und Buchstaben.)",
    write: "Eine eigene Seite schreiben",
  },
  about: {
    title: "Wer eine Seite hat und wer sie sehen kann",
    lead: "Eine Seite ist hier in den Tabs derer, die sie offen haben, und sonst nirgends. Schließt der Letzte sie, ist sie fort.",
    sections: [
      {
        title: "Was der Server sieht",
        text: "Nach welcher Adresse du fragst oder welche du hältst, deine IP-Adresse, und die Seite selbst, während er sie weiterreicht. Dabei könnte er sie lesen: Schreib nichts, was sein Betreiber nicht wissen darf.",
      },
      {
        title: "Was er speichert",
        text: "Nichts. Er schreibt keine Seite auf eine Platte, hat keine Konten, setzt keine Cookies, und sein Protokoll nennt keine Seite. Wer ihn betreibt, dem musst du so weit trauen wie bei jeder anderen Site.",
      },
      {
        title: "Wer Seiten weitergibt",
        text: "Du. Solange dein Tab offen ist, kann der Server ihn um eine Kopie für den Nächsten bitten. Die anderen erfahren weder, wer du bist, noch deine IP-Adresse: nur, wie viele ihr seid.",
      },
      {
        title: "Was dein Browser behält",
        text: "Eine Kopie für den Tab, der die Seite hat, damit sie ein Neuladen übersteht, bis du ihn schließt oder nicht mehr teilst. Für alle Tabs: Farben, Sprache und dergleichen, wenn du sie wählst.",
      },
      {
        title: "Was eine Seite kann",
        text: "Sie wird mit ihrer Adresse verglichen, sodass niemand sie unterwegs ändern kann, und ohne Skripte und ohne Netz gezeigt. Führst du ihre Skripte aus, können sie deine IP-Adresse erfahren. Wie groß sie sein darf, steht beim Schreiben.",
      },
      {
        title: "Wer eine Seite finden kann",
        text: "Wer ihre Adresse hat, und sonst niemand: Es gibt keine Liste und keine Suche. Jeder davon kann sich eine Kopie aufheben. Was hier fort ist, muss nicht aus der Welt sein.",
      },
    ],
    contact: "Diesen Server betreibt:",
    source: "Keine Statistik, keine Werbung, nichts von Dritten. Das Programm ist freie Software:",
    licences: "was von anderen darin ist",
    write: "Eine Seite schreiben",
  },
};
