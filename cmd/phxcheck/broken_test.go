package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// in changes every text frame from the laboratory.
func in(old, replacement string) func(serverFrame) []serverFrame {
	return func(f serverFrame) []serverFrame {
		if f.first == textFrame {
			f.payload = bytes.ReplaceAll(f.payload, []byte(old), []byte(replacement))
		}
		return []serverFrame{f}
	}
}

// dropping drops the text frames that hold a text.
func dropping(text string) func(serverFrame) []serverFrame {
	return func(f serverFrame) []serverFrame {
		if f.first == textFrame && bytes.Contains(f.payload, []byte(text)) {
			return nil
		}
		return []serverFrame{f}
	}
}

// body changes the bodies of HTTP answers.
func body(change func(r *http.Response, text string) string) func(*http.Response) error {
	return func(r *http.Response) error {
		if r.StatusCode == http.StatusSwitchingProtocols {
			return nil
		}
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		r.Body.Close()
		changed := change(r, string(text))
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(changed)), int64(len(changed))
		if r.Request.Method != http.MethodHead {
			r.Header.Set("Content-Length", strconv.Itoa(len(changed)))
		}
		return nil
	}
}

// saboteurs are servers that do one thing wrong each, and the cases that notice:
// these and no others.
var saboteurs = map[string]struct {
	saboteur
	fails []string
}{
	"nothing": {},
	"says nothing to topics that nobody joined": {
		saboteur: saboteur{frame: dropping("unmatched topic")},
		fails: []string{
			"basic-join-unmatched-v1", "basic-join-unmatched-v2", "basic-phoenix-topic", "basic-push-unjoined-binary",
			"basic-push-unjoined-v1", "basic-push-unjoined-v2", "basic-topic-join-leave-v1", "basic-topic-join-leave-v2",
		},
	},
	"makes strings of refs": {
		saboteur: saboteur{frame: in(`[null,7,`, `[null,"7",`)},
		fails:    []string{"basic-ref-types"},
	},
	"answers another ref": {
		saboteur: saboteur{frame: in(`"21"`, `"22"`)},
		fails:    []string{"basic-fragmented", "basic-heartbeat-binary"},
	},
	"closes with 1000 where it crashed": {
		saboteur: saboteur{frame: func(f serverFrame) []serverFrame {
			if f.first == closeFrame && binary.BigEndian.Uint16(f.payload) == 1011 {
				binary.BigEndian.PutUint16(f.payload, 1000)
			}
			return []serverFrame{f}
		}},
		fails: []string{
			"basic-connections-are-separate", "basic-malformed-array-v1", "basic-malformed-binary", "basic-malformed-empty",
			"basic-malformed-four-elements", "basic-malformed-missing-key-v1", "basic-malformed-not-json",
			"basic-malformed-object", "basic-malformed-truncated",
		},
	},
	"has a join_ref in V1 replies": {
		saboteur: saboteur{frame: func(f serverFrame) []serverFrame {
			if f.first == textFrame && f.payload[0] == '{' {
				f.payload = append([]byte(`{"join_ref":null,`), f.payload[1:]...)
			}
			return []serverFrame{f}
		}},
		fails: []string{
			"basic-binary-json-v1", "basic-extra-keys-v1", "basic-heartbeat-v1", "basic-join-unmatched-v1",
			"basic-leave-unjoined-v1", "basic-push-unjoined-v1", "basic-topic-join-leave-v1", "basic-vsn-v1",
		},
	},
	"speaks V2 whatever is asked": {
		saboteur: saboteur{request: func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/websocket") {
				r.URL.RawQuery = "vsn=2.0.0"
			}
		}},
		fails: []string{
			"basic-binary-json-v1", "basic-extra-keys-v1", "basic-heartbeat-v1", "basic-http-version-before-upgrade",
			"basic-join-unmatched-v1", "basic-leave-unjoined-v1", "basic-malformed-array-v1", "basic-push-unjoined-v1",
			"basic-topic-join-leave-v1", "basic-vsn-garbage-refused", "basic-vsn-list-refused", "basic-vsn-minor-refused",
			"basic-vsn-prerelease-refused", "basic-vsn-short-refused", "basic-vsn-v1",
		},
	},
	"answers pings with nothing in it": {
		saboteur: saboteur{frame: func(f serverFrame) []serverFrame {
			if f.first == pongFrame {
				f.payload = nil
			}
			return []serverFrame{f}
		}},
		fails: []string{"basic-ping", "basic-ping-between-fragments"},
	},
	"closes a rejoined channel for no one": {
		saboteur: saboteur{frame: in(`["1","1","lab:room","phx_close"`, `[null,null,"lab:room","phx_close"`)},
		fails: []string{
			"basic-topic-duplicate-join", "basic-topic-join-leave-v2", "basic-topic-leave-behind-join",
			"basic-topic-leave-null-join-ref", "basic-topic-rejoin", "basic-topic-two-connections",
		},
	},
	"says everything of channels that end twice": {
		saboteur: saboteur{frame: func(f serverFrame) []serverFrame {
			if bytes.Contains(f.payload, []byte("phx_close")) {
				return []serverFrame{f, f}
			}
			return []serverFrame{f}
		}},
		fails: []string{
			"basic-topic-duplicate-join", "basic-topic-join-leave-v1", "basic-topic-join-leave-v2", "basic-topic-join-ref",
			"basic-topic-leave-behind-join", "basic-topic-leave-null-join-ref", "basic-topic-null-join-ref",
			"basic-topic-rejoin", "basic-topic-stale-join-ref", "basic-topic-two-connections",
		},
	},
	"lets polls be stored": {
		saboteur: saboteur{response: func(r *http.Response) error { r.Header.Del("Cache-Control"); return nil }},
		fails:    []string{"basic-longpoll-headers"},
	},
	"has no sessions for the dead": {
		saboteur: saboteur{response: body(func(r *http.Response, text string) string {
			if text == `{"status":410}` {
				r.StatusCode = http.StatusGone
			}
			return text
		})},
		fails: []string{"basic-longpoll-headers", "basic-longpoll-post-without-session"},
	},
	"polls in objects": {
		saboteur: saboteur{response: body(func(_ *http.Response, text string) string {
			var poll struct {
				Status   int      `json:"status"`
				Token    string   `json:"token"`
				Messages []string `json:"messages"`
			}
			if json.Unmarshal([]byte(text), &poll) == nil && len(poll.Messages) > 0 {
				return fmt.Sprintf(`{"status":%d,"token":%q,"messages":[%s]}`, poll.Status, poll.Token, strings.Join(poll.Messages, ","))
			}
			return text
		})},
		fails: []string{
			"basic-longpoll-binary-line", "basic-longpoll-headers", "basic-longpoll-heartbeat-v1", "basic-longpoll-heartbeat-v2",
			"basic-longpoll-ndjson", "basic-longpoll-ndjson-100", "basic-longpoll-no-content-type",
			"basic-longpoll-poll-is-woken", "basic-longpoll-poll-takes-all", "basic-longpoll-sessions-are-separate",
			"basic-longpoll-token-in-header", "basic-longpoll-unmatched-topic", "basic-topic-longpoll",
		},
	},
}

// A server that does one thing wrong fails the cases about that, and passes all
// others.
func TestSaboteurs(t *testing.T) {
	for name, s := range saboteurs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"--basic", "--topic", "lab:room", s.start(t) + "/lab"}
			ran, report := inJSON(t, append([]string{"--parallel", "8"}, args...)...)
			got := report.names(failed)
			unexpected := slices.DeleteFunc(slices.Clone(got), func(name string) bool { return slices.Contains(s.fails, name) })
			got = slices.DeleteFunc(got, func(name string) bool { return slices.Contains(unexpected, name) })
			got = append(got, stillFailing(t, unexpected, args...)...)
			slices.Sort(got)
			if !slices.Equal(got, s.fails) {
				t.Errorf("failed:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(s.fails, "\n"))
			}
			if len(unexpected) == 0 && ran.code != min(len(s.fails), 1) || report.Skipped != 0 {
				t.Errorf("exit code %d, %d skipped", ran.code, report.Skipped)
			}
		})
	}
}
