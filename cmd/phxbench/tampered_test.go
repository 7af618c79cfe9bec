package main

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// What may become of a message.
func lost([]byte) [][]byte            { return nil }
func doubled(message []byte) [][]byte { return [][]byte{message, message} }
func cutOff([]byte) [][]byte          { return [][]byte{nil} }
func changed(from, to string) func([]byte) [][]byte {
	return func(message []byte) [][]byte { return honest(bytes.Replace(message, []byte(from), []byte(to), 1)) }
}

// all connections, of which it is not known which one the sender's is.
const all = -1

// at is honest but for the n-th message, from 1 on, of one connection in which a
// text occurs; with n of 0, for all of them.
func at(connection int, text string, n int, deal func([]byte) [][]byte) func(int) func([]byte) [][]byte {
	return func(i int) func([]byte) [][]byte {
		seen := 0
		return func(message []byte) [][]byte {
			if i != connection && connection != all || !bytes.Contains(message, []byte(text)) {
				return honest(message)
			}
			if seen++; n > 0 && seen != n {
				return honest(message)
			}
			return deal(message)
		}
	}
}

// A server that loses, doubles or changes a message, or cuts a client off, does
// not get through any scenario, whichever message it is: not the first one, nor
// the last.
func TestScenarioGates(t *testing.T) {
	const timeIsUp = "the time for this scenario is up"
	small := settings{clients: 2, messages: 2, size: 1000, settle: time.Millisecond}
	for _, test := range []struct {
		scenario, mount, name string
		deal                  func(int) func([]byte) [][]byte
		want                  string
	}{
		// Connections 0 and 1 are there to warm the server up.
		{"idle", "/lab", "join lost", at(2, "phx_reply", 1, lost), timeIsUp},
		{"idle", "/lab", "join doubled", at(2, "phx_reply", 1, doubled), "checking, client"},
		{"idle", "/lab", "join refused", at(3, "phx_reply", 1, changed(`"status":"ok"`, `"status":"error"`)), "the reply is error"},
		{"idle", "/lab", "cut off at the end", at(3, "phx_reply", 2, cutOff), "checking, client"},
		{"connect", "/lab", "join lost", at(2, "phx_reply", 1, lost), timeIsUp},
		{"connect", "/lab", "join doubled", at(3, "phx_reply", 1, doubled), "checking, client"},
		{"churn", "/lab", "end lost", at(4, "phx_close", 1, lost), timeIsUp},
		{"churn", "/lab", "reply doubled", at(5, "phx_reply", 2, doubled), "instead of phx_close came phx_reply"},
		// The first reply is that to the join, ten more are not counted.
		{"echo", "/lab", "uncounted lost", at(0, "phx_reply", 3, lost), timeIsUp},
		{"echo", "/lab", "lost", at(1, "phx_reply", 13, lost), timeIsUp},
		{"echo", "/lab", "doubled", at(1, "phx_reply", 12, doubled), "echo 2: instead of the reply to"},
		{"echo", "/lab", "doubled, last", at(1, "phx_reply", 13, doubled), "checking, client"},
		{"echo", "/lab", "changed", at(0, "phx_reply", 13, changed("xx", "xy")), "echo 2: sent"},
		{"fanout", "/lab", "lost", at(all, `"n":2,`, 0, lost), timeIsUp},
		{"fanout", "/lab", "changed", at(all, `"n":5,`, 0, changed("xx", "xy")), "broadcast 5 came changed"},
		{"fanout", "/lab", "doubled, last", at(all, `"n":7,`, 0, doubled), "checking, client"},
		// The page that is not counted comes first.
		{"page", "/ws", "lost", at(0, `"content",`, 2, lost), timeIsUp},
		{"page", "/ws", "first doubled", at(1, `"content",`, 1, doubled), "instead of a page came content"},
		{"page", "/ws", "last doubled", at(1, `"content",`, 3, doubled), "checking, client"},
		{"page", "/ws", "changed", at(0, `"content",`, 3, changed("lazy", "lady")), "other content"},
		{"page", "/ws", "cut off", at(0, `"content",`, 3, cutOff), `closed the connection with code 1013 "slow"`},
		{"storm", "/ws", "count too high", at(0, `"have:storm","visitors_count"`, 1, changed(`"count":`, `"count":9`)), "told that there are 9"},
		{"storm", "/ws", "counts lost", at(0, `"have:storm","visitors_count"`, 0, lost), timeIsUp},
		{"storm", "/ws", "apart lost", at(1, `"have:storm-`, 2, lost), timeIsUp},
		// The holder has connection 0, five visitors are not counted.
		{"open", "/ws", "lost", at(6, "contentpage", 0, lost), timeIsUp},
		{"open", "/ws", "doubled", at(6, "contentpage", 0, doubled), "opening, client 1 of 2: instead of the reply to"},
		{"open", "/ws", "uncounted changed", at(3, "contentpage", 0, changed("lazy", "lady")), "opening, client 3 of 5: a page came with other content"},
	} {
		t.Run(fmt.Sprint(test.scenario, " ", test.name), func(t *testing.T) {
			t.Parallel()
			s := small
			if s.timeout = time.Minute; test.want == timeIsUp {
				s.timeout = time.Second
			}
			_, err := runHere(t, test.scenario, options{url: "ws://" + tamper(t, laboratory(t), test.deal) + test.mount, settings: s})
			wants(t, test.name, err, test.want)
		})
	}
}
