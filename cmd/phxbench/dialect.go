package main

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
)

// dialect is how visitors and holders of a page speak.
type dialect string

const (
	// original: as the page of ephemeral2 did. Content is JSON; a visitor asks
	// for it, every two seconds, until it comes.
	original dialect = "original"

	// ours: as this project's front end does. It opts in at the join and has
	// asked by that; content comes as bytes, in parts if the server knows them.
	ours dialect = "ours"
)

var joinOurs = []byte(`{"ephemeral":1,"binary":true}`)

// payload is that of a join.
func (d dialect) payload() []byte {
	if d == ours {
		return joinOurs
	}
	return empty
}

// welcome is what the server answers to those who opt in.
type welcome struct {
	Ephemeral  int `json:"ephemeral"`
	MaxContent int `json:"max_content"`
	Part       int `json:"part"` // bytes of a part; 0: it knows none
}

var errNoExtension = errors.New(`the server does not know what this project's front end opts into ("ephemeral": 1 in the payload of a join); --speak original measures it as the page of ephemeral2 uses it`)

// maxPart is the largest part that a server may want: what is not in parts has
// no bound but that of a page.
const maxPart = 16 << 20

// welcomed reads the reply to a join, for a page of size bytes.
func (d dialect) welcomed(response []byte, size int) (w welcome, err error) {
	if d != ours {
		return w, nil
	}
	if err := json.Unmarshal(response, &w); err != nil || w.Ephemeral < 1 {
		return w, errNoExtension
	}
	if w.Part < 0 || w.Part > maxPart {
		return w, fmt.Errorf("the server wants parts of %d bytes", w.Part)
	}
	if w.MaxContent < size {
		return w, fmt.Errorf("the server takes pages of up to %d bytes, not of %d: --size", w.MaxContent, size)
	}
	if size <= w.Part {
		w.Part = 0
	}
	return w, nil
}
