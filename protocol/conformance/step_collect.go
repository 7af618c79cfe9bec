package conformance

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// collect is the step "collect": long polls until enough messages have come.
type collect struct {
	requestFields
	expect
}

func (a *collect) check() error {
	return errors.Join(a.requestFields.check(), a.expect.check())
}

func (a *collect) run(r *replay, s *Step) error {
	var came []*message
	for deadline := r.deadline(); len(came) < len(a.Frames); {
		if time.Now().After(deadline) {
			return a.expect.mismatch(came, fmt.Sprintf("only %d of %d messages came within %v", len(came), len(a.Frames), r.options.Timeout))
		}
		answer, err := r.exchange(s, a.requestFields)
		if err != nil {
			return err
		}
		messages, err := r.polled(s.Conn, answer)
		if err != nil {
			return err
		}
		came = append(came, messages...)
	}
	search := a.search(r, s.Conn)
	bound, complete, _ := search.assign(came, r.bound)
	if !complete {
		return a.differ(r, s.Conn, came)
	}
	r.bound = bound
	return nil
}

// polled takes the messages out of the answer to a poll.
func (r *replay) polled(conn string, answer *response) ([]*message, error) {
	if answer.status != http.StatusOK {
		return nil, &mismatch{"a poll failed", "status 200", answer.String()}
	}
	body, err := decodeValue(answer.body)
	if err != nil {
		return nil, &mismatch{fmt.Sprintf("the answer to a poll is not JSON: %v", err), "", answer.String()}
	}
	m := r.matcher(conn)
	if !pollAnswer.match(&m, nil, body, r.bound, func(*bindings) bool { return true }) {
		return nil, &mismatch{m.mismatch, "the answer to a poll: status 200 with messages or 204 without, and the connection's token", answer.String()}
	}
	var messages []*message
	for i, v := range body.(map[string]value)["messages"].([]value) {
		s, ok := v.(string)
		if !ok {
			return nil, &mismatch{fmt.Sprintf("message %d of a poll is no string", i+1), "", answer.String()}
		}
		messages = append(messages, newMessage([]byte(s), false))
	}
	if status := body.(map[string]value)["status"].(number).text; (len(messages) > 0) != (status == "200") {
		return nil, &mismatch{fmt.Sprintf("a poll answers the status %s with %d messages", status, len(messages)), "", answer.String()}
	}
	return messages, nil
}

// pollAnswer is the answer to a poll that did not end the session.
var pollAnswer = objectPattern{
	"status":   oneOfPattern{scalarPattern{newNumber("200")}, scalarPattern{newNumber("204")}},
	"token":    tokenPattern{},
	"messages": anyPattern("array"),
}
