package phoenixtest_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// A patient is a test that may fail.
type patient struct {
	*testing.T
	message string
}

// given up is what a failure panics with, to end the test but not its goroutine.
type givenUp struct{}

func (p *patient) Fatalf(format string, args ...any) {
	p.message = fmt.Sprintf(format, args...)
	panic(givenUp{})
}

// failure runs a test in a bubble and returns how it failed, "" if it did not.
func failure(t *testing.T, test func(t phoenixtest.TB)) string {
	t.Helper()
	p := &patient{}
	inBubble(t, func(t *testing.T) {
		p.T = t
		defer func() {
			if v := recover(); v != nil && v != (givenUp{}) {
				panic(v)
			}
		}()
		test(p)
	})
	return p.message
}

// fails checks that a test fails, and with which message.
func fails(t *testing.T, want string, test func(t phoenixtest.TB)) {
	t.Helper()
	if got := failure(t, test); got != want {
		t.Errorf("the test failed with\n%s\n\nwant\n%s", got, want)
	}
}

func TestExpectPushFails(t *testing.T) {
	fails(t, `room:a: no push "pushed" {"text":"hi"} within 100ms
nothing came instead`, func(t phoenixtest.TB) {
		connect(t, phoenixtest.Options{}).MustJoin("room:a", nil).ExpectPush("pushed", map[string]string{"text": "hi"})
	})
	fails(t, `room:a: no push "pushed" {"list":[1,2],"text":"hi","where":"here"} within 100ms
what came instead, and is still unexpected:
	reply to "2" on room:a, "ok" {}
	push "pushed" on room:a {"list":[1,3],"text":"ho","more":null}
		.list[1] is 3, want 2; .text is "ho", want "hi"; .where is missing, want "here"; .more is null, and should not be there
	push "pushed" on room:b {}
	broadcast or push "told" on room:a {}`, func(t phoenixtest.TB) {
		c := connect(t, phoenixtest.Options{})
		a := c.MustJoin("room:a", nil)
		a.Push("echo", nil)
		synctest.Wait()
		a.Push("push", protocol.JSON([]byte(`{"list":[1,3],"text":"ho","more":null}`)))
		synctest.Wait()
		c.MustJoin("room:b", nil).Push("push", nil)
		synctest.Wait()
		a.Push("broadcast", nil)
		a.ExpectPush("pushed", map[string]any{"text": "hi", "list": []int{1, 2}, "where": "here"})
	})
}

func TestRefutePushFails(t *testing.T) {
	fails(t, `room:a: there must be no push "pushed" {}, but it came: push "pushed" on room:a {}`, func(t phoenixtest.TB) {
		a := connect(t, phoenixtest.Options{}).MustJoin("room:a", nil)
		a.Push("push", nil)
		a.RefutePush("pushed", nil)
	})
	// Also when it comes late.
	fails(t, `room:a: there must be no push "pushed", but it came: push "pushed" on room:a {"n":1}`, func(t phoenixtest.TB) {
		a := connect(t, phoenixtest.Options{Wait: 2 * time.Second}).MustJoin("room:a", nil)
		a.Push("later", map[string]int{"n": 1})
		a.RefutePush("pushed", phoenixtest.Anything)
	})
}

func TestExpectReplyFails(t *testing.T) {
	fails(t, `room:a: no reply to "2", "ok" {"n":2} within 100ms
what came instead, and is still unexpected:
	reply to "2" on room:a, "ok" {"n":1}
		.n is 1, want 2`, func(t phoenixtest.TB) {
		a := connect(t, phoenixtest.Options{}).MustJoin("room:a", nil)
		a.ExpectReply(a.Push("echo", map[string]int{"n": 1}), "ok", map[string]int{"n": 2})
	})
	fails(t, `room:a: no reply to "2", "ok" {} within 100ms
what came instead, and is still unexpected:
	reply to "2" on room:a, "error" {}`, func(t phoenixtest.TB) {
		a := connect(t, phoenixtest.Options{}).MustJoin("room:a", nil)
		a.ExpectReply(a.Push("error", nil), "ok", nil)
	})
	fails(t, `room:a: there must be no reply to "2", "error", but it came: reply to "2" on room:a, "error" {}`, func(t phoenixtest.TB) {
		a := connect(t, phoenixtest.Options{}).MustJoin("room:a", nil)
		a.RefuteReply(a.Push("error", nil), "error", phoenixtest.Anything)
	})
}

func TestExpectBroadcastFails(t *testing.T) {
	fails(t, `room:a: no broadcast "told" {"n":2} within 100ms
what came instead, and is still unexpected:
	broadcast or push "told" on room:a {"n":1}
		.n is 1, want 2`, func(t phoenixtest.TB) {
		topic, a := connect(t, phoenixtest.Options{}).SubscribeAndJoin("room:a", nil)
		a.Push("broadcast", map[string]int{"n": 1})
		topic.ExpectBroadcast("told", map[string]int{"n": 2})
	})
	fails(t, `room:a: there must be no broadcast "told" {}, but it came: broadcast or push "told" on room:a {}`, func(t phoenixtest.TB) {
		topic, a := connect(t, phoenixtest.Options{}).SubscribeAndJoin("room:a", nil)
		a.Push("broadcast", nil)
		topic.RefuteBroadcast("told", nil)
	})
}

// A channel that has crashed shows why, if the endpoint is the client's own.
func TestFailureShowsTheLog(t *testing.T) {
	got := failure(t, func(t phoenixtest.TB) {
		a := connect(t, phoenixtest.Options{}).MustJoin("room:a", nil)
		a.ExpectReply(a.Push("unknown", nil), "ok", nil)
	})
	for _, want := range []string{
		"no reply to \"2\", \"ok\" {} within 100ms\n", "\n\tpush \"phx_error\" on room:a {\"reason\":\"channel_crash\"}\n",
		"\nthe server logged:\n\tlevel=ERROR msg=\"a channel ended with an error\" topic=room:a", phoenix.ErrNoClause.Error(),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the failure says\n%s\nwithout %q", got, want)
		}
	}
	got = failure(t, func(t phoenixtest.TB) {
		a := connect(t, phoenixtest.Options{Endpoint: quietEndpoint()}).MustJoin("room:a", nil)
		a.ExpectPush("pushed", nil)
	})
	if strings.Contains(got, "logged") {
		t.Errorf("the failure says\n%s", got)
	}
}

func quietEndpoint() *phoenix.Endpoint {
	return phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
}

func TestJoinFails(t *testing.T) {
	fails(t, `the join of room:deny was refused with {"reason":"denied"}`, func(t phoenixtest.TB) {
		connect(t, phoenixtest.Options{}).MustJoin("room:deny", nil)
	})
	got := failure(t, func(t phoenixtest.TB) { connect(t, phoenixtest.Options{}).SubscribeAndJoin("room:crash", nil) })
	if !strings.HasPrefix(got, `the join of room:crash was refused with {"reason":"join crashed"}`) || !strings.Contains(got, "broken join") {
		t.Errorf("the failure says\n%s", got)
	}
	// V2015 knows no answer to an unmatched topic.
	got = failure(t, func(t phoenixtest.TB) {
		_, _ = connect(t, phoenixtest.Options{Serializer: protocol.V2015}).Join("nowhere", nil)
	})
	if !strings.HasPrefix(got, "nowhere: the join was not answered within 100ms\nnothing came instead\nthe server logged:") {
		t.Errorf("the failure says\n%s", got)
	}
}

func TestExpectClosedFails(t *testing.T) {
	fails(t, "the server has not closed the connection within 100ms, want close code 1001\nnothing came instead", func(t phoenixtest.TB) {
		connect(t, phoenixtest.Options{}).ExpectClosed(1001)
	})
	disconnect := func(t phoenixtest.TB) *phoenixtest.Client {
		c := connect(t, phoenixtest.Options{Params: phoenix.Params{"id": "user:1"}})
		if err := c.Endpoint().Disconnect("user:1"); err != nil {
			t.Fatalf("%v", err)
		}
		return c
	}
	fails(t, "the server closed the connection with code 1001, want 1012", func(t phoenixtest.TB) { disconnect(t).ExpectClosed(1012) })
	fails(t, "room:a: \"phx_join\" cannot be sent: the connection is closed", func(t phoenixtest.TB) {
		c := disconnect(t)
		synctest.Wait()
		c.MustJoin("room:a", nil)
	})
	fails(t, "room:a: no push \"pushed\" {} within 100ms\nnothing came instead\nthe server closed the connection with code 1001", func(t phoenixtest.TB) {
		c := connect(t, phoenixtest.Options{Params: phoenix.Params{"id": "user:1"}})
		a := c.MustJoin("room:a", nil)
		if err := c.Endpoint().Disconnect("user:1"); err != nil {
			t.Fatalf("%v", err)
		}
		a.ExpectPush("pushed", nil)
	})
}

func TestCloseFails(t *testing.T) {
	fails(t, "a channel is still busy 5s after its connection was closed", func(t phoenixtest.TB) {
		c := connect(t, phoenixtest.Options{})
		c.MustJoin("room:a", nil).Push("busy", nil)
		synctest.Wait()
		defer time.Sleep(time.Minute) // or the client's own Cleanup fails, too
		c.Close()
	})
}

// What cannot be sent, or cannot be expected, is the test's own fault, and says so.
func TestMisuse(t *testing.T) {
	for want, test := range map[string]func(t phoenixtest.TB){
		"phoenixtest: protocol: cannot encode message: payload of type chan int is not JSON": func(t phoenixtest.TB) {
			connect(t, phoenixtest.Options{}).MustJoin("room:a", make(chan int))
		},
		"phoenixtest: protocol: cannot encode message: payload of type func() is not JSON": func(t phoenixtest.TB) {
			connect(t, phoenixtest.Options{}).MustJoin("room:a", nil).ExpectPush("e", func() {})
		},
		"is 300 bytes long, and a binary message has room for 255": func(t phoenixtest.TB) {
			connect(t, phoenixtest.Options{}).MustJoin("room:a", nil).Push(strings.Repeat("x", 300), protocol.Binary(nil))
		},
		"payload is binary": func(t phoenixtest.TB) {
			connect(t, phoenixtest.Options{Serializer: protocol.V1}).MustJoin("room:a", protocol.Binary(nil))
		},
		"a client speaks protocol.V1, V2 or V2015": func(t phoenixtest.TB) {
			connect(t, phoenixtest.Options{Serializer: strange{}})
		},
		`room:a: "e" cannot be broadcast: `: func(t phoenixtest.TB) {
			c := connect(t, phoenixtest.Options{})
			c.MustJoin("room:a", nil)
			c.Subscribe("room:a").BroadcastFrom("e", "V2 broadcasts objects")
		},
	} {
		got := failure(t, test)
		if !strings.Contains(got, want) {
			t.Errorf("the test failed with\n%s\nwant\n%s", got, want)
		}
	}
}

type strange struct{ protocol.Serializer }

func TestMatches(t *testing.T) {
	payload := protocol.JSON([]byte(`{"a":1.0,"b":[true,null,{"c":"x","d":2}],"e":{"f":10000000000000001},"g":1e2}`))
	long := strings.Repeat("long ", 200)
	for _, tt := range []struct {
		name string
		want any
		fail string // "" if it matches
	}{
		{"the same", payload, ""},
		{"written otherwise", protocol.JSON([]byte(`{"g":100, "e":{"f":10000000000000001}, "b":[true,null,{"d":2.0,"c":"\u0078"}],"a":1}`)), ""},
		{"Anything", phoenixtest.Anything, ""},
		{"including", phoenixtest.Including(map[string]any{"a": 1}), ""},
		{"including deeply", phoenixtest.Including(map[string]any{"b": []any{true, nil, map[string]any{"c": "x"}}, "e": map[string]any{}}), ""},
		{"a function", func(p protocol.Payload) error { return nil }, ""},
		{"a function that says no", func(p protocol.Payload) error { return errors.New("no, because") }, "no, because"},
		{"nil", nil, `.a is 1.0, and should not be there; .b is [true,null,{"c":"x","d":2}], and should not be there; .e is {"f":10000000000000001}, and should not be there; .g is 1e2, and should not be there`},
		{"a string", "text", `it is {"a":1.0,"b":[true,null,{"c":"x","d":2}],"e":{"f":10000000000000001},"g":1e2}, want "text"`},
		{"bytes", protocol.Binary([]byte("ab")), `it is {"a":1.0,"b":[true,null,{"c":"x","d":2}],"e":{"f":10000000000000001},"g":1e2}, want the bytes "ab"`},
		{"a large number that is near", phoenixtest.Including(map[string]any{"e": map[string]int64{"f": 10000000000000002}}), ".e.f is 10000000000000001, want 10000000000000002"},
		{"a number for a string", phoenixtest.Including(map[string]any{"a": "1"}), `.a is 1.0, want "1"`},
		{"null for a boolean", phoenixtest.Including(map[string]any{"b": []any{nil, nil, nil}}), `.b[0] is true, want null; .b[2] is {"c":"x","d":2}, want null`},
		{"a longer list", phoenixtest.Including(map[string]any{"b": []any{true}}), ".b has 3 elements, want 1"},
		{"missing", phoenixtest.Including(map[string]any{"x": long}), `.x is missing, want "` + long[:499] + "…"},
		{"a list for an object", phoenixtest.Including(map[string]any{"e": []any{}}), `.e is {"f":10000000000000001}, want []`},
		{"including what is none", phoenixtest.Including(7), "Including wants an object, not 7"},
		{"including what cannot be", phoenixtest.Including(func() {}), "protocol: cannot encode message: payload of type func() is not JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := failure(t, func(t phoenixtest.TB) {
				a := connect(t, phoenixtest.Options{}).MustJoin("room:a", nil)
				a.Push("push", payload)
				a.ExpectPush("pushed", tt.want)
			})
			if tt.fail == "" && got != "" || !strings.Contains(got, tt.fail) {
				t.Errorf("the test failed with\n%s\nwant\n%s", got, tt.fail)
			}
		})
	}
	got := failure(t, func(t phoenixtest.TB) {
		a := connect(t, phoenixtest.Options{}).MustJoin("room:a", nil)
		a.Push("push", protocol.Binary([]byte("ac")))
		a.ExpectPush("pushed", protocol.Binary([]byte("ab")))
	})
	if !strings.Contains(got, `it is the bytes "ac", want the bytes "ab"`) {
		t.Errorf("the test failed with\n%s", got)
	}
}

func TestNumbersAreComparedByValue(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"1", "1.0", true}, {"1", "10e-1", true}, {"1", "0.01E+2", true}, {"0", "-0.00e7", true}, {"-1.50", "-15e-1", true}, {"1e400", "10e399", true},
		{"1", "-1", false}, {"1", "10", false}, {"0.1", "0.10000000000000001", false}, {"1e400", "1e401", false}, {"1e99999999999999999999", "1", false},
		{"1e99999999999999999999", "1e99999999999999999999", true},
	} {
		got := failure(t, func(t phoenixtest.TB) {
			a := connect(t, phoenixtest.Options{}).MustJoin("room:a", nil)
			a.ExpectReply(a.Push("echo", protocol.JSON([]byte(tt.a))), "ok", protocol.JSON([]byte(tt.b)))
		})
		if (got == "") != tt.same {
			t.Errorf("%s for %s: %s", tt.a, tt.b, got)
		}
	}
}
