package client

import (
	"errors"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// Every error is a sentence that says what to look at.
func TestErrorTexts(t *testing.T) {
	cause := errors.New("the cause")
	for want, err := range map[string]error{
		`client: say on room was answered with status "busy": {"a":1}`:                                                                       &ReplyError{"room", "say", "busy", protocol.JSON([]byte(`{"a":1}`))},
		"client: failed to connect by websocket: the server refused the connection (403): its parameters, token, origin or protocol version": &HandshakeError{Transport: "websocket", Status: 403},
		"client: failed to connect by longpoll: HTTP status 404 Not Found":                                                                   &HandshakeError{Transport: "longpoll", Status: 404},
		"client: failed to connect by websocket: HTTP status 200 OK: the cause":                                                              &HandshakeError{Transport: "websocket", Status: 200, Err: cause},
		"client: failed to connect by websocket: the cause":                                                                                  &HandshakeError{Transport: "websocket", Err: cause},
		"client: the server closed the connection with code 1001":                                                                            &CloseError{1001, ""},
		"client: the server closed the connection with code 1013: too slow":                                                                  &CloseError{1013, "too slow"},
		"client: the server knows nothing of the long-poll session any more (410)":                                                           &SessionError{410},
		"client: the server answered a long-poll request with status 408":                                                                    &SessionError{408},
		"client: 3 events were lost, because they were not taken in time":                                                                    &LostError{3},
	} {
		if err.Error() != want {
			t.Errorf("the error says\n\t%s\nwant\n\t%s", err, want)
		}
	}
	if !errors.Is(&HandshakeError{Err: cause}, cause) {
		t.Error("a HandshakeError does not wrap its cause")
	}
	for want, s := range map[string]interface{ String() string }{
		"connecting": Connecting, "open": Open, "closed": Closed, "websocket": WebSocket, "longpoll": LongPoll, "fallback": Fallback,
	} {
		if s.String() != want {
			t.Errorf("%T is %q, want %q", s, s, want)
		}
	}
}
