// Package longpoll is the long-polling transport of Phoenix Channels: what clients get that cannot open a WebSocket,
// behind a proxy that does not let one through for instance (PROTOCOL.md §5). It knows HTTP, sessions and encoded
// messages (protocol.Frame); what a message means is the business of its Handler, as it is for package websocket,
// whose Handler has the same methods.
//
// # On the wire
//
// All requests go to one URL. Every answer is HTTP 200 with a JSON object, whose "status" is the real one:
//
//	GET  without a live session   opens one:  {"status":410,"token":"…","messages":[]}
//	                              refused:    {"status":403}
//	GET  with its token           polls:      {"status":200,"token":"…","messages":["…","…"]}, at once if there are any,
//	                                          or {"status":204,"token":"…","messages":[]} after Options.Window
//	POST with its token           publishes:  {"status":200}; {"status":408} if the handler could not take it
//	POST without a live session               {"status":410}
//	OPTIONS                                   the preflight answer: any origin, any header
//
// Exceptions are HTTP 400 for other methods and for bodies that are too large or broken off, 500 when opening a session
// crashes or when a message cannot be written into JSON, 503 when there is no room for another session or the server is
// shutting down. A GET that waits when the server shuts down is answered {"status":500}: connect anew (Session.Close).
//
// The body of a POST is one text message, or, with the content type application/x-ndjson, any number of them, one a
// line; a line that is neither a JSON array nor an object is the base64 of a binary message. Lines go to the handler one
// after another. Empty lines are nothing. A binary message from the server goes into "messages" as a string of its
// bytes; if those are not UTF-8, the poll answers HTTP 500 and what was queued is lost, as with Phoenix: clients reconnect
// then.
//
// # The seam to the host
//
// The host owns the URL: it decodes the query, checks the origin, and then calls Server.Serve, whatever the method is:
//
//	params, err := decode(r.URL.RawQuery)        // HTTP 400 or 414 are the host's
//	if !originAllowed(r) {
//		longpoll.Refuse(w)                       // {"status":403}, for every method
//		return
//	}
//	server.Serve(w, r, params["token"], func(s *longpoll.Session) (longpoll.Handler, error) {
//		// Only called when a session is to be opened, on the goroutine of this request: vsn, auth token and the
//		// application's own connect belong here. An error refuses the client.
//		return newConnection(r, params, s)
//	})
//
// # Sessions
//
// A session lives in the memory of the Server that opened it: several servers behind one address need sticky routing (a
// client that reaches another one is told 410 and connects anew). It ends when it has not been polled for one and a half
// windows (looked at every one and a half windows: ErrInactive), when its queue overflows (ErrSlow), when the handler
// refuses a message or a line cannot be decoded (that error), or when the host closes it (ErrClosed). A request for a
// session that has ended is answered at once, and so is a GET that was waiting when it ended: with what was queued, or
// 204, or 500 if the server goes away.
//
// The token is opaque, not guessable and authenticated; it is good for Options.TokenMaxAge. The header
// x-phoenix-longpoll-token goes before the query parameter.
//
// # What it costs
//
// A session that nobody polls owns no goroutine: a timer and some 500 bytes, besides its handler. A waiting GET owns the
// goroutine of its request. A POST borrows one more while the handler works, so that a handler which takes its time
// delays neither the 408 nor other requests on the client's connection. What a client can make the server hold is
// bounded before it is held: the bodies in memory, the queue, the number of sessions.
//
// # Locks
//
// Server.mu guards the table of sessions, Session.mu everything else of a session. Both are leaves: neither is held while
// the other is taken, while the handler or the host's connect runs, or during I/O. So Send and Close may be called
// from anywhere, under any lock of the caller, and never block.
package longpoll
