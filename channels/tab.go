package channels

import (
	"maps"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A tabID names a tab: one document in a browser, as far as its client says which. When its connection dies without a
// word it comes back over another one, long before the server gives up the first.
type tabID struct {
	token      string // "": the client does not say
	connection *phoenix.Connection
}

// A ghost is what a tab had on a page over a connection that is dead: a holder, a visitor, or both.
type ghost struct {
	holder  *holder
	visitor *visitor
}

// replaced is sent to a ghost's channels. If the client is alive after all, it hears that they have ended.
type replaced struct{}

var errReplaced = phoenix.Stop(phoenix.Shutdown("the tab has joined over another connection"))

// lay takes the ghost of a tab that joins off the page. What was under way with it goes on only when the tab is there
// again (page.goOnWithout): between the two, nothing must end for want of it.
func (p *page) lay(t tabID) (g ghost) {
	if t.token == "" {
		return ghost{}
	}
	if h := p.holders.tabs.of(t.token); h != nil && h.tab.connection != t.connection {
		g.holder = h
		p.takeOff(h)
		h.asked = false // what it had yet to say is said for nobody
		h.socket.Send(replaced{})
	}
	for _, list := range [...]*visitors{&p.visitors, &p.receivers} {
		if v := list.tabs.of(t.token); v != nil && v.tab.connection != t.connection {
			g.visitor = v
			list.remove(v)
			v.socket.Send(replaced{})
		}
	}
	return g
}

// goOnWithout has others do what was under way with a ghost.
func (p *page) goOnWithout(g ghost) {
	if g.holder != nil {
		p.passOver(g.holder, Gone)
	}
	if g.visitor != nil {
		p.spare()
	}
}

// tabs finds the members of a list by the tokens of their tabs, for which it need not be gone through.
type tabs[M comparable] struct {
	members map[string]M
	most    int // there were, since the map was made
}

// of returns the member with a token, or nothing.
func (t *tabs[M]) of(token string) M { return t.members[token] }

func (t *tabs[M]) add(token string, m M) {
	if token == "" {
		return
	}
	if t.members == nil {
		t.members = make(map[string]M)
	}
	t.members[token] = m
	t.most = max(t.most, len(t.members))
}

// remove forgets a member, if the token is still its own. After a crowd has gone it gives memory back, as shrunk does:
// a map keeps what it had.
func (t *tabs[M]) remove(token string, m M) {
	if token == "" || t.members[token] != m {
		return
	}
	delete(t.members, token)
	const small = 64
	switch n := len(t.members); {
	case n == 0:
		*t = tabs[M]{}
	case t.most > small && n < t.most/4:
		smaller := make(map[string]M, n)
		maps.Copy(smaller, t.members)
		*t = tabs[M]{members: smaller, most: n}
	}
}
