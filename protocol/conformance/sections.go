package conformance

// groupSections are the sections of PROTOCOL.md that the groups of transcripts
// are about.
var groupSections = map[string]string{
	"async":      "§4.8",
	"auth":       "§1.5",
	"binary":     "§3.4",
	"binary-bad": "§3.4, §1.9",
	"binary-v1":  "§3.2",
	"broadcasts": "§4.9, §3.6",
	"connect":    "§1.3, §2",
	"core":       "§4.12",
	"crash":      "§4.7",
	"disconnect": "§4.11",
	"ephemeral":  "§10.3, §10.4",
	"http":       "§1.1, §1.3",
	"intercepts": "§3.6, §4.8",
	"join":       "§4.4, §4.2",
	"leave":      "§4.6",
	"limits":     "§1.7",
	"longpoll":   "§5",
	"malformed":  "§1.9, §3.2, §3.3",
	"order":      "§4.13",
	"origin":     "§1.4",
	"presence":   "§6",
	"pushes":     "§3.5",
	"rejoin":     "§4.5",
	"replies":    "§3.3, §3.5",
	"stale":      "§4.3",
	"stop":       "§4.7",
	"terminate":  "§4.7",
	"timeout":    "§1.7",
	"topics":     "§4.2, §4.3",
	"types":      "§3.1",
	"websocket":  "§1.9",
}

// Sections returns the sections of PROTOCOL.md that the transcript is about:
// its own word, or its group's.
func (t *Transcript) Sections() string {
	if t.Protocol != "" {
		return t.Protocol
	}
	return groupSections[t.Group]
}
