package conformance

import (
	"net/http"
	"strings"
)

// open is the step "open": a WebSocket upgrade.
type open struct {
	Expect expectedResponse `json:"expect"`
}

func (a *open) check() error { return a.Expect.check() }

func (a *open) run(r *replay, s *Step) error {
	connection := r.transcript.Connections[s.Conn]
	headers, err := r.connectionHeaders(connection)
	if err != nil {
		return err
	}
	q, err := r.request(requestFields{Method: http.MethodGet, Path: connection.Path, Query: connection.Query})
	if err != nil {
		return err
	}
	q.headers = headers
	r.note(s.Conn, "%s %s with %d headers", q.method, q.path, len(headers))
	ctx, cancel := r.withTimeout()
	defer cancel()
	answer, conn, reader, err := r.target.send(ctx, q)
	if err != nil {
		return err
	}
	if answer.status == http.StatusSwitchingProtocols {
		r.clients[s.Conn] = newClient(r.ctx, conn, reader)
	}
	if err := a.Expect.compare(r, s.Conn, answer); err != nil {
		return err
	}
	if answer.status == http.StatusSwitchingProtocols {
		return answer.checkUpgrade(headers)
	}
	return nil
}

// connectionHeaders are all headers of a connection's upgrade request.
func (r *replay) connectionHeaders(c Connection) (map[string]string, error) {
	headers := upgradeHeaders()
	if len(c.Subprotocols) > 0 {
		headers["Sec-WebSocket-Protocol"] = strings.Join(c.Subprotocols, ", ")
	}
	if c.OfferDeflate {
		headers["Sec-WebSocket-Extensions"] = "permessage-deflate"
	}
	own, err := r.headers(c.Headers)
	for name, v := range own {
		headers[name] = v
	}
	return headers, err
}
