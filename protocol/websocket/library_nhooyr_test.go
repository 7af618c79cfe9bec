//go:build nhooyr

package websocket

// libraryGoroutines is how many goroutines of its own the library keeps for a connection.
const libraryGoroutines = 1
