// Package channels is Ephemeral itself: pages that live only while somebody has them open. The server keeps no page. It
// knows who has one and who wants it, asks one who has it, checks what comes back, and hands it on.
//
//	endpoint := phoenix.NewEndpoint(phoenix.Config{})
//	endpoint.Mount("/ws", channels.NewSocket(channels.Options{MaxTopicLength: 256}), phoenix.MountOptions{})
//
// What follows is the manual: what a visitor's browser says and hears. A hash is the lower-case hex SHA-256 of the page's
// UTF-8. What the original page's own sha256.js makes of it is accepted as well, which differs for text with emoji
// (code points from U+10000 on) and with CR LF.
//
// # What the original's client sees
//
// On "all" nothing happens; it counts open pages.
//
// On "have:<hash>" is whoever can show the page. The join is answered {}.
//
//	server → content_request {}                            send it, please
//	client → content {"content": C, "hash": H}             here it is; no reply. Also unasked, and for another hash
//	server → visitors_count {"count": n}                   so many are on this topic now
//
// Content that does not have the hash ends the channel: visitors_count without it, then phx_error. So does every other
// event. Content over the limit is passed over in silence.
//
// On "want:<hash>" is whoever waits for the page. The join is answered {}.
//
//	client → content_request {"hash": H}                   whoever has it, please; no reply
//	server → content {"content": C}                        at most once in each join of the topic
//
// Every other event ends the channel with phx_error.
//
// # Who is asked
//
// Requests for one hash share a flight: one holder is drawn, each with the same chance, and pushed content_request. If it
// does not answer in 1.5 s, leaves, or sends something else, another one is drawn that was not asked in this flight. The
// flight ends with the content, when everybody was asked once, or when nobody waits any more; the next request starts a
// new one. While nobody has the page, requests are dropped. An answer that comes too late is taken all the same, if
// somebody still waits. A holder that did not answer in time is drawn after those that do, until it answers again: most
// likely its tab is frozen, and that would cost every visitor 1.5 s.
//
// With Lottery every request is broadcast and each of n holders passes it on with the chance 1/n, as the original did.
//
// visitors_count is sent at once to fewer than 20 holders. To n holders it goes at most each n × 0.2 ms, and no more
// seldom than each second: the first at once, the last always, with the exact number. Who leaves hears of it at once.
//
// # What a client can opt into
//
// A client that joins with {"ephemeral": 1} gets more, here called version 1. A later version would be negotiated by that
// number: the reply tells the one that is served. On all it is
//
//	{"ephemeral": 1, "max_content": 8000000}
//
// and nothing else happens there. max_content is the limit of a page, in bytes of UTF-8. On have: and want: alike it is
//
//	{"ephemeral": 1, "max_content": 8000000, "holders": 2, "waiting": 1, "age": 734, "peak": 5, "passed": 12}
//
// holders is how many can be asked for the page now. waiting is how many wait for it, or are receiving it in parts (see
// below); both include the client that joins. There is "too_large": k besides if k more have sent content over the limit,
// which was not passed on.
//
// age, peak and passed are the life of the page: for how many whole seconds somebody has had it without interruption, the
// most holders at once in that time, and to how many visitors it was handed. When nobody has the page all three are 0: the
// lives before are remembered nowhere.
//
// The same numbers come whenever one of them changes but for the age, as soon as after visitors_count and as seldom:
//
//	server → state {"holders": n, "waiting": m, "age": s, "peak": k, "passed": p}            (and "too_large": l)
//
// On want: the client has asked by joining. It never needs to send content_request (it may), whatever happens: when
// nobody has the page, {"holders": 0}, it is served as soon as somebody joins have:; after a flight in vain another one
// starts within 2 s. With the content the wait is over: no state comes after it.
//
// On have: the client hears what became of what it sent:
//
//	server → served {"visitors": k}                        what you sent went to so many more
//	server → refused {"reason": "content too large", "max_content": 8000000}
//
// A holder that was refused stays on the topic and is not asked again in this join. One that is still sending an answer
// need not answer another content_request.
//
// # A tab that comes back
//
// When a connection dies without a word, for a laptop is closed or a network is gone, the server counts it until it has
// been silent for too long. A client that is back by then would be counted twice, and be asked where it hears nothing. So
// it may say which tab it is, in every join:
//
//	{"ephemeral": 1, "tab_token": "Jx3vQm0T6y_bW9cR2LkZ-A"}
//
// The token is 16 to 64 characters of A-Z, a-z, 0-9, - and _, drawn by chance once for each document that is loaded. With
// any other the join is refused, on all topics: {"reason": …}.
//
// A tab has one connection. When it joins have: or want: of a page, whatever it has on either of the two over another
// connection is taken to be dead, at once: it is not counted, is not asked, and does not wait. What it was asked for,
// another holder is; what it was receiving, the tab gets from the beginning. The page's life goes on, for this is no other
// copy. The dead channel ends with phx_close, as one that a duplicate join replaces. A client that hears it without
// having left is alive after all, and an older join of its own has come late: it should join again, after a while.
//
// Tokens are kept for as long as their channels, told to nobody, and mean nothing on another page. A log leaves them out
// for their name, unless phoenix.LogPolicy.Filter says otherwise: whoever knows one can end the channels of that tab.
//
// # Content as bytes
//
// JSON escapes cost a page of HTML about a tenth in size, and both ends the time to write and read them. A client that
// joins with {"ephemeral": 1, "binary": true}, over vsn 2.0.0, trades content as the binary frames of that serializer,
// without refs where phoenix.js writes none. Numbers are single bytes, len is a length in bytes.
//
// On want: the content comes as a broadcast, which phoenix.js (from 1.6 on) gives to on("content") as an ArrayBuffer:
//
//	02 len(topic) len("content") topic "content" <the page's UTF-8>
//
// On have: the client may send it with push("content", buffer); the hash is that of the topic:
//
//	00 len(join_ref) len(ref) len(topic) len("content") join_ref ref topic "content" <the page's UTF-8>
//
// Only then is max_content all there is to know: JSON may escape a page so much that its message is too large for the
// connection. Bytes that are not UTF-8 end the channel. Holder and visitor need not agree: the server translates. Over vsn 1.0.0,
// and on topics of more than 255 bytes, content stays JSON; what arrives tells by its type what it is.
//
// # Content in parts
//
// A client that gets bytes, and is connected by WebSocket and not by long polling, is offered parts: its join's reply has
// "part": 65536 besides. Then content of at most so many bytes goes as above. Longer content goes in parts, as binary
// frames of the event "part", in order:
//
//	<4 bytes: offset> <4 bytes: total> <the bytes from that offset on: as many as "part" says, the last time the rest>
//
// Both numbers are big-endian. Whoever is sent parts acknowledges each by telling how many bytes it has in all. No more
// than 8 parts may be on their way without that.
//
// On have: the client that is asked (content_request) answers:
//
//	client → part <offset, total, bytes>                   with push("part", buffer); no reply
//	server → got {"bytes": n}                              so much of your answer has arrived
//	server → enough {}                                     do not go on with this answer
//
// It has 1.5 s to begin, as everybody, and then 5 s from each part to the next: a slow line is no frozen tab. enough
// comes when somebody else was faster, when nobody waits any more, when the server has no room, when the answer
// stalled, and for what makes no sense: an answer without a request, parts that do not follow each other. The client may
// be asked again later, and begins anew then; parts that it had sent by the time it heard of enough are ignored. Content
// over the limit is refused at its first part. Content without the hash ends the channel when all of it has come.
//
// If an answer takes more than 10 s, another holder is asked as well, up to three at once, and who has sent
// everything first has answered. While nobody else answers somebody is asked each 10 s: whoever has come meanwhile, or one
// that was asked before. So one who sends a part now and then cannot keep a page from everybody. Who was too slow is drawn
// after the others, as one that did not answer in time, until an answer of it is complete. As every part but the last is
// of the full size, no answer lasts longer than 5 s for each part: 10 minutes for 8 MB.
//
// On want: the client hears how much of an answer has come, at most each 200 ms, of that which is furthest:
//
//	server → progress {"bytes": n, "of": total}
//
// and then is sent it, if it is what it should be:
//
//	server → part <offset, total, bytes>                   a broadcast, as content is
//	client → got {"bytes": n}                              so much of it has arrived; no reply
//
// With the last part the wait is over, as with content. (What comes between the reply to a join and the phx_close of the
// channel that it replaced is that one's, as with content.) A client is given up that acknowledges no further part for
// 30 s, a part of a part being nothing, or that takes longer than 30 s and a second more for each 8,000 bytes of the page:
// its channel ends with phx_error, and it may join again. One that wants several long pages at once should join
// for one after the other, or else 8 parts of each can be on their way, and the server drops a connection that more than
// a megabyte waits for.
//
// The bytes are those that the holder sent, and all visitors are sent the same ones. Whoever comes while
// somebody is still receiving the page gets it from the beginning, at once, and no holder is asked; that is told as
// served to the holder it came from. But when nobody has the page any more, whoever comes waits. Visitors without parts
// get content as a whole, from whomever it came.
//
// The bytes under way in parts are bounded, in the whole server (Options.MaxUnderWay). Over that an answer gets enough,
// and its visitors ask again by and by, until there is room.
package channels
