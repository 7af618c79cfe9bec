// Package protocol is the wire of Phoenix Channels: messages, refs, and the serializers that turn them into frames and
// back.
package protocol
