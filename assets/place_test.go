package assets

import "testing"

func TestFill(t *testing.T) {
	const document = "<title>x</title>\n" +
		`<meta content="[[contact]]">` + "\n" +
		`<p><a href="[[contact]]">[[contactName]]</a>` + "\n" +
		`<img src="[[origin]]/a.png">` + "\n" +
		"the end"
	full := Place{Origin: "https://example.org", Contact: "mailto:a&b@example.org"}
	tests := []struct {
		at   Place
		want string
	}{
		{Place{}, "<title>x</title>\nthe end"},
		{Place{Origin: full.Origin}, "<title>x</title>\n" + `<img src="https://example.org/a.png">` + "\nthe end"},
		{full, "<title>x</title>\n" +
			`<meta content="mailto:a&amp;b@example.org">` + "\n" +
			`<p><a href="mailto:a&amp;b@example.org">a&amp;b@example.org</a>` + "\n" +
			`<img src="https://example.org/a.png">` + "\nthe end"},
		{Place{Contact: `https://x/"><script>`}, "<title>x</title>\n" +
			`<meta content="https://x/&#34;&gt;&lt;script&gt;">` + "\n" +
			`<p><a href="https://x/&#34;&gt;&lt;script&gt;">https://x/&#34;&gt;&lt;script&gt;</a>` + "\nthe end"},
	}
	for _, test := range tests {
		if got := string(test.at.fill([]byte(document))); got != test.want {
			t.Errorf("%+v:\n%s\nwant\n%s", test.at, got, test.want)
		}
	}
}
