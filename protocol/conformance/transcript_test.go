package conformance

import (
	"slices"
	"strings"
	"testing"
)

// Reading is strict, so this also says that nothing in the files goes unused.
func TestRecordedAndOwnAreRead(t *testing.T) {
	recorded, own := Recorded(), Own()
	if len(recorded) != 383 {
		t.Errorf("%d recorded transcripts, want 383", len(recorded))
	}
	seen := map[string]bool{}
	for _, transcript := range slices.Concat(recorded, own) {
		if seen[transcript.Name] {
			t.Errorf("%s is there twice", transcript.Name)
		}
		seen[transcript.Name] = true
		if len(transcript.Steps) == 0 || transcript.Description == "" || transcript.Group == "" {
			t.Errorf("%s has no steps, description or group", transcript.Name)
		}
	}
}

func TestParse(t *testing.T) {
	got, err := Parse([]byte(script(opened, `{"do":"sleep","ms":5,"note":"a rest"}`)))
	if err != nil {
		t.Fatal(err)
	}
	if got.VSN != nil || got.Transport != "websocket" || len(got.Connections) != 2 || *got.Connections["a"].Query != "u=${uid}" {
		t.Errorf("got %+v", got)
	}
	if s := got.Steps[1]; s.Do != "sleep" || s.Note != "a rest" || s.action.(*sleep).MS != 5 {
		t.Errorf("got %+v", s)
	}
	if s := got.Steps[0]; s.Conn != "a" || s.action.(*open).Expect.Status != 101 {
		t.Errorf("got %+v", s)
	}
}

func TestParseRefuses(t *testing.T) {
	frame := func(f string) string {
		return script(`{"do":"expect","conn":"a","order":"strict","frames":[` + f + `]}`)
	}
	for transcript, want := range map[string]string{
		`[]`:                              "failed to read a transcript",
		`{"format":1,"name":"x","who":1}`: "who",
		strings.Replace(script(), `"format":1`, `"format":2`, 1):                                           "format 2 is not known",
		strings.Replace(script(), `"name":"fake"`, `"name":""`, 1):                                         "it has no name",
		strings.Replace(script(), `"websocket"`, `"carrier"`, 1):                                           `no such transport: "carrier"`,
		strings.Replace(script(), `"path":"/ws"`, `"port":"/ws"`, 1):                                       "port",
		strings.Replace(script(), `u=${uid}`, `u=${nope}`, 1):                                              "no such variable",
		script(`{"do":"dance"}`):                                                                           `no such step: "dance"`,
		script(`{"do":"sleep","ms":1,"us":2}`):                                                             "us",
		script(`{"do":1}`):                                                                                 `"do"`,
		script(`1`):                                                                                        "failed to read",
		script(`{"do":"open","expect":{"status":101}}`):                                                    `"open" needs a connection`,
		script(`{"do":"open","conn":"z","expect":{"status":101}}`):                                         `no such connection: "z"`,
		script(`{"do":"open","conn":"a","expect":{}}`):                                                     "has a status",
		script(`{"do":"open","conn":"a","expect":{"status":403,"json":1,"text":""}}`):                      "json or text, not both",
		script(`{"do":"send","conn":"a"}`):                                                                 "not 0 of them",
		script(`{"do":"send","conn":"a","text":"x","ping":"y"}`):                                           "not 2 of them",
		script(`{"do":"send","conn":"a","text":"${x}"}`):                                                   "no such variable",
		script(`{"do":"send","conn":"a","base64":"%"}`):                                                    "base64",
		script(`{"do":"send","conn":"a","text_parts":[{"text":"x","repeat":"y"}]}`):                        "a part is a text, or a repeat",
		script(`{"do":"send","conn":"a","text_parts":[{}]}`):                                               "a part is a text, or a repeat",
		script(`{"do":"send","conn":"a","text_parts":[{"repeat":"x","count":-1}]}`):                        "a part is a text, or a repeat",
		script(`{"do":"expect","conn":"a","order":"loose","frames":[]}`):                                   `no such order: "loose"`,
		frame(`{"kind":"text"}`):                                                                           "a frame is of the kind",
		frame(`{"kind":"text","json":1,"text":"1"}`):                                                       "a frame is of the kind",
		frame(`{"kind":"text","base64":""}`):                                                               "a frame is of the kind",
		frame(`{"kind":"binary","json":1}`):                                                                "a frame is of the kind",
		frame(`{"kind":"ping","base64":""}`):                                                               "a frame is of the kind",
		frame(`{"kind":"text","json":{"$nope":1}}`):                                                        "no such pattern",
		script(`{"do":"allow","conn":"a","ms":1,"frames":[{"kind":"text"}]}`):                              "a frame is of the kind",
		script(`{"do":"close","conn":"a","code":1000}`):                                                    "a close frame has a reply",
		script(`{"do":"close","conn":"a","code":0,"reply":{"code":1000,"reason":""}}`):                     "a cut has none",
		script(`{"do":"http","method":"GET","path":"x","expect":{"status":200}}`):                          "begins with /",
		script(`{"do":"http","method":"","path":"/x","expect":{"status":200}}`):                            "has a method",
		script(`{"do":"http","method":"GET","path":"/${x}","expect":{"status":200}}`):                      "no such variable",
		script(`{"do":"http","method":"GET","path":"/x","headers":{"A":"${x}"},"expect":{"status":200}}`):  "no such variable",
		script(`{"do":"http","method":"GET","path":"/x","expect":{}}`):                                     "has a status",
		script(`{"do":"http","method":"PUT","path":"/x","body":"","body_parts":[],"expect":{"status":1}}`): "not both",
		script(`{"do":"http_start","method":"GET","path":"/x"}`):                                           "has an id",
		script(`{"do":"http_finish","id":"x","expect":{"status":200}}`):                                    `no http_start has the id "x"`,
		script(`{"do":"collect","method":"GET","path":"/x","order":"any","frames":[]}`):                    `"collect" needs a connection`,
	} {
		if _, err := Parse([]byte(transcript)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot %v, want %q in it", transcript, err, want)
		}
	}
}
