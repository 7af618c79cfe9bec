package longpoll

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A status is an answer that consists of its status alone.
type status string

const (
	statusOK        status = `{"status":200}`
	statusForbidden status = `{"status":403}`
	statusTimeout   status = `{"status":408}`
	statusGone      status = `{"status":410}`
	statusRestart   status = `{"status":500}` // connect anew
)

// The statuses of answers that carry a token.
const (
	codeMessages = 200
	codeNothing  = 204
	codeGone     = 410 // a new session: "poll again, with this token"
)

// Header values, made once. Nobody may change them in place.
var (
	anyOrigin   = []string{"*"}
	jsonType    = []string{"application/json; charset=utf-8"}
	neverStored = []string{"no-store"}
)

func allowAnyOrigin(w http.ResponseWriter) { w.Header()["Access-Control-Allow-Origin"] = anyOrigin }

// Refuse answers a request, of any method, whose origin is not allowed: status 403 in an HTTP 200 (PROTOCOL.md §1.4).
func Refuse(w http.ResponseWriter) {
	allowAnyOrigin(w)
	jsonHeader(w, len(statusForbidden))
	io.WriteString(w, string(statusForbidden))
}

// preflight allows what the browser asks for (PROTOCOL.md §5.1).
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Headers", strings.Join(r.Header["Access-Control-Request-Headers"], ", "))
	h.Set("Access-Control-Allow-Methods", "get, post, options")
	h.Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusOK)
}

func jsonHeader(w http.ResponseWriter, size int) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Cache-Control"] = neverStored
	h["Content-Length"] = []string{strconv.Itoa(size)}
}

// answer writes an answer without a token.
func (s *Server) answer(w http.ResponseWriter, a status) {
	jsonHeader(w, len(a))
	out := s.output(w)
	out.buf = append(out.buf, a...)
	out.close()
}

// answerMessages writes an answer with a token. Messages are written as JSON strings that hold them; a message that is not
// UTF-8, which only a binary one can be, has none: HTTP 500 (PROTOCOL.md §5.3).
func (s *Server) answerMessages(w http.ResponseWriter, code int, token string, frames []protocol.Frame) {
	head := `{"status":` + strconv.Itoa(code) + `,"token":"` + token + `","messages":[`
	size := len(head) + len(`]}`) + max(len(frames)-1, 0)
	for _, f := range frames {
		if !utf8.Valid(f.Bytes()) {
			s.options.Logger.Error("longpoll: a message that is not UTF-8 cannot be sent; it and those with it are lost",
				"messages", len(frames))
			http.Error(w, "a message cannot be written as JSON", http.StatusInternalServerError)
			return
		}
		size += quotedLen(f.Bytes())
	}
	jsonHeader(w, size)
	out := s.output(w)
	out.buf = append(out.buf, head...)
	for i, f := range frames {
		if i > 0 {
			out.buf = append(out.buf, ',')
		}
		out.quote(f.Bytes())
	}
	out.buf = append(out.buf, `]}`...)
	out.close()
}

// output begins the body of an answer whose header is complete.
func (s *Server) output(w http.ResponseWriter) *output {
	out := outputs.Get().(*output)
	out.w, out.control, out.stall = w, http.NewResponseController(w), s.options.StallTimeout
	return out
}

// flush writes what is in the buffer. The client must take it in time; when it does not, nothing more is written.
func (o *output) flush() {
	if o.err == nil {
		o.control.SetWriteDeadline(time.Now().Add(o.stall)) // where it can be set
		_, o.err = o.w.Write(o.buf)
	}
	o.buf = o.buf[:0]
}

// close writes the rest and gives the buffer back. What net/http still has in its own buffer goes out under the last
// deadline; then net/http takes it back, so that it does not hold for what comes later on the connection.
func (o *output) close() {
	o.flush()
	*o = output{buf: o.buf}
	if cap(o.buf) <= keptLen {
		outputs.Put(o)
	}
}
