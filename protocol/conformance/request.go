package conformance

import (
	"errors"
	"strings"
)

// requestFields are a request in a transcript.
type requestFields struct {
	Method    string            `json:"method"`
	Path      string            `json:"path"`
	Query     *string           `json:"query,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
	Body      *text             `json:"body,omitempty"`
	BodyParts []textPart        `json:"body_parts,omitempty"`
}

func (f *requestFields) check() error {
	if f.Method == "" || !strings.HasPrefix(f.Path, "/") {
		return errors.New("a request has a method and a path that begins with /")
	}
	if f.Body != nil && f.BodyParts != nil {
		return errors.New("a request has a body or body_parts, not both")
	}
	return errors.Join(checkTemplates(f.Path, f.Query, f.Headers), checkParts(f.BodyParts))
}

// checkTemplates checks what is read only when the request is made.
func checkTemplates(path string, query *string, headers map[string]string) error {
	_, err := parseTemplate(path)
	if query != nil {
		_, errQuery := parseTemplate(*query)
		err = errors.Join(err, errQuery)
	}
	for _, name := range sortedKeys(headers) {
		_, errHeader := parseTemplate(headers[name])
		err = errors.Join(err, errHeader)
	}
	return err
}

// request fills in what ${…} stands for.
func (r *replay) request(f requestFields) (q request, err error) {
	q.method = f.Method
	if q.path, err = r.expandURL(f.Path); err != nil {
		return q, err
	}
	query, err := r.query(f.Query)
	if err != nil {
		return q, err
	}
	q.path += query
	if q.headers, err = r.headers(f.Headers); err != nil {
		return q, err
	}
	switch {
	case f.Body != nil:
		body, err := r.expand(f.Body.template)
		q.body = []byte(body)
		return q, err
	case f.BodyParts != nil:
		body, err := r.join(f.BodyParts)
		q.body = []byte(body)
		return q, err
	}
	return q, nil
}

// query is the end of a request's URL: "?" with the parameters that go with
// every request and those of the transcript, or nothing.
func (r *replay) query(written *string) (string, error) {
	if written == nil {
		if r.options.Params == "" {
			return "", nil
		}
		return "?" + r.options.Params, nil
	}
	query, err := r.expandURL(*written)
	if r.options.Params != "" {
		query = r.options.Params + "&" + query
	}
	return "?" + query, err
}

func (r *replay) headers(written map[string]string) (map[string]string, error) {
	headers := make(map[string]string, len(written))
	for name, v := range written {
		t, err := parseTemplate(v)
		if err != nil {
			return nil, err
		}
		if headers[name], err = r.expand(t); err != nil {
			return nil, err
		}
	}
	return headers, nil
}

func (r *replay) exchange(s *Step, f requestFields) (*response, error) {
	q, err := r.request(f)
	if err != nil {
		return nil, err
	}
	r.note(s.Conn, "%s %s %s", q.method, q.path, q.body)
	ctx, cancel := r.withTimeout()
	defer cancel()
	return r.target.exchange(ctx, q)
}
