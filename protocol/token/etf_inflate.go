package token

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

const errInflate = invalid("its compressed term is broken")

// maxRatio is the most that deflate can expand: 258 bytes for 2 bits.
const maxRatio = 1032

// inflate unpacks a compressed term: its size, then zlib's stream, which has to
// have that very size, as Erlang asks. The size is believed only as far as
// maxSize and the stream's length allow, so a small token cannot ask for much.
func inflate(b []byte, maxSize int) ([]byte, error) {
	if len(b) < 4 {
		return nil, errShort
	}
	declared, b := uint64(binary.BigEndian.Uint32(b)), b[4:]
	if declared > uint64(maxSize) || declared > maxRatio*uint64(len(b)) {
		return nil, errTooMany
	}
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, errInflate
	}
	defer z.Close()
	term := make([]byte, declared)
	if _, err := io.ReadFull(z, term); err != nil {
		return nil, errInflate
	}
	// The end proves the size and zlib's checksum.
	if n, err := z.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, errInflate
	}
	return term, nil
}
