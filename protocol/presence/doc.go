// Package presence keeps track of who is on a topic, and of what each of them wants the others to know, the way
// Phoenix.Presence does: clients use the Presence class of phoenix.js, of any generation from 1.2 on, unchanged
// (PROTOCOL.md §6).
//
// # In a channel
//
// One Presence serves a whole endpoint. A channel tracks itself once it has joined, and tells its client who is there:
//
//	// everybody := presence.New(endpoint.Bus(), presence.Options{})
//
//	func (r *room) Join(s *phoenix.Socket, _ protocol.Payload) (any, error) {
//		s.Send(joined{}) // In Join itself the state would come too early: the channel does not hear of changes yet.
//		return nil, nil
//	}
//
//	func (r *room) HandleInfo(s *phoenix.Socket, _ any) error {
//		_, err := r.everybody.Track(s, s.Topic(), r.user, map[string]any{"status": "online"})
//		if err != nil {
//			return err
//		}
//		return s.Push(presence.EventState, r.everybody.List(s.Topic()))
//	}
//
// From then on everybody on the topic gets a presence_diff for each change, the channel's own client too. The channel
// leaves the presence when it ends, however it does; nothing needs to be undone.
//
// Where the client chooses its key, Track may be called in Join already, so that its error can refuse the client: the
// example protocol/example/chat does so.
//
// # Keys and metas
//
// A key is what is present: a user, say. It is present as long as at least one owner, usually a channel, tracks it; each
// owner has a meta of its own there, a JSON object, so that a user with two tabs is one key with two metas. Every meta
// carries a unique phx_ref, by which clients tell metas apart, and after an update the one before as phx_ref_prev.
//
// # Order
//
// The diffs of a topic reach everybody in the order of the changes. A state and the diffs that come before and after it
// may overlap: a client that merges them as phoenix.js does ends up with what List returns. Without hooks, the diff of a
// change is mostly on its way when Track and its like return, but not when others change the topic at the same time.
//
// # Hooks
//
// [Options.Fetch] adds to every entry what all its metas have in common, such as a user's name from a database, and
// [Options.HandleMetas] lets the server itself follow the changes. Both run one after another for each topic, off the
// goroutines that make the changes.
//
// # Cost
//
// A change costs the same however many are present, but for the broadcast. List copies and encodes all of them; a topic
// of n clients that all join and push the state costs n².
//
// # More than one node
//
// A Presence knows its own node. What it sends is broadcast locally, so that presences of several nodes can be joined
// behind it: a diff that comes from another node takes the way of a local one, through a topic's apply.
package presence
