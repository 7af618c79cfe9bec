package longpoll

import (
	"encoding/base64"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTokenNamesItsSession(t *testing.T) {
	s := newSigner(time.Hour)
	now := time.Now()
	first, second := newSessionID(), newSessionID()
	for _, id := range []sessionID{first, second} {
		got, ok := s.verify(s.sign(id, now), now)
		if !ok || got != id {
			t.Errorf("verify(sign(%x)) = %x, %v", id, got, ok)
		}
	}
	if s.sign(first, now) == s.sign(second, now) {
		t.Error("two sessions have one token")
	}
}

func TestTokenIsURLSafe(t *testing.T) {
	s := newSigner(time.Hour)
	for range 200 {
		token := s.sign(newSessionID(), time.Now())
		if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" || len(token) != tokenLength {
			t.Fatalf("token %q", token)
		}
	}
}

func TestTokenAges(t *testing.T) {
	s := newSigner(time.Minute)
	issued := time.UnixMilli(1_700_000_000_000)
	token := s.sign(newSessionID(), issued)
	for age, want := range map[time.Duration]bool{
		-time.Hour:              true, // the clock was set back
		0:                       true,
		time.Minute:             true,
		time.Minute + 1:         false,
		365 * 24 * time.Hour:    false,
		time.Minute - time.Hour: true,
	} {
		if _, ok := s.verify(token, issued.Add(age)); ok != want {
			t.Errorf("at age %v: %v, want %v", age, ok, want)
		}
	}
}

func TestTokenOfAnotherServer(t *testing.T) {
	now := time.Now()
	if _, ok := newSigner(time.Hour).verify(newSigner(time.Hour).sign(newSessionID(), now), now); ok {
		t.Error("a token of another server was taken")
	}
}

// Each bit counts, also those that base64 leaves unused, and so does each character that decoders skip.
func TestTokenTampered(t *testing.T) {
	s := newSigner(time.Hour)
	now := time.Now()
	token := s.sign(newSessionID(), now)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range token {
		for _, c := range []byte(alphabet + "\n\r=+/ \x00\xff") {
			changed := []byte(token)
			changed[i] = c
			if string(changed) == token {
				continue
			}
			if _, ok := s.verify(string(changed), now); ok {
				t.Fatalf("changed at %d to %q: taken", i, c)
			}
		}
	}
	for _, bad := range []string{"", "null", "undefined", "bad", token + "x", "x" + token, token[1:], token[:len(token)-1],
		token + "=", strings.Repeat("A", tokenLength), strings.Repeat("\n", tokenLength), token[:40] + "\n" + token[40:len(token)-1]} {
		if _, ok := s.verify(bad, now); ok {
			t.Errorf("%q: taken", bad)
		}
	}
}

func TestVerifyDoesNotAllocate(t *testing.T) {
	s := newSigner(time.Hour)
	now := time.Now()
	for name, token := range map[string]string{
		"short":     "bad",
		"good":      s.sign(newSessionID(), now),
		"forged":    strings.Repeat("A", tokenLength),
		"no base64": strings.Repeat("!", tokenLength),
		"long":      strings.Repeat("A", 1<<20),
	} {
		allowed := 0.0
		if name == "no base64" {
			allowed = 1 // the decoder's error, of a few bytes
		}
		if raceEnabled {
			allowed = 100 // pools drop things then
		}
		if n := testing.AllocsPerRun(100, func() { s.verify(token, now) }); n > allowed {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func FuzzToken(f *testing.F) {
	s := newSigner(time.Hour)
	now := time.Now()
	good := s.sign(newSessionID(), now)
	f.Add(good)
	f.Add("")
	f.Add(good[:60] + strings.Repeat("\r", 15))
	f.Add(base64.StdEncoding.EncodeToString(make([]byte, tokenBytes)))
	f.Fuzz(func(t *testing.T, token string) {
		if _, ok := s.verify(token, now); ok && token != good {
			t.Fatalf("taken: %q", token)
		}
	})
}

// A token that is too old is no token: its GET opens a session, its POST is told 410 (PROTOCOL.md §5.1).
func TestTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{Window: 10 * time.Second, TokenMaxAge: 12 * time.Second})
		defer s.shutdown()
		token, _ := s.open()
		time.Sleep(2 * time.Second)
		if answer := s.get(token); answer.Status != codeNothing || answer.Token != token {
			t.Errorf("a good token: %+v", answer)
		}
		time.Sleep(time.Millisecond)
		if status := s.post(token, "[]"); status != 410 {
			t.Errorf("POST with an old token: %d", status)
		}
		if answer := s.get(token); answer.Status != codeGone || answer.Token == token {
			t.Errorf("GET with an old token: %+v", answer)
		}
	})
}
