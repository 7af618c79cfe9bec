package token

const (
	errNode      = invalid("a pid or a reference of its term is broken")
	errBitString = invalid("a bit string of its term is broken")
)

// opaque passes over a term that is kept as it came, and returns it.
func (d *decoder) opaque(tag, start int) (any, error) {
	var err error
	switch tag {
	case tagPid:
		err = d.identifier(4 + 4 + 1) // number, serial, creation
	case tagNewPid:
		err = d.identifier(4 + 4 + 4)
	case tagReference:
		err = d.identifier(4 + 1)
	case tagNewReference:
		err = d.reference(1)
	case tagNewerReference:
		err = d.reference(4)
	case tagBitBinary:
		return d.bitString(start)
	}
	if err != nil {
		return nil, err
	}
	return Opaque(d.in[start:d.pos]), nil
}

// identifier passes over a node's name, which is an atom, and size bytes.
func (d *decoder) identifier(size int) error {
	tag, err := d.uint8()
	if err != nil {
		return err
	}
	switch tag {
	case tagAtomLatin1, tagSmallAtom, tagAtomUTF8, tagSmallAtomUTF8:
	default:
		return errNode
	}
	if _, err := d.atom(tag); err != nil {
		return err
	}
	_, err = d.take(size)
	return err
}

func (d *decoder) reference(creationSize int) error {
	words, err := d.uint16()
	if err != nil {
		return err
	}
	if words > maxReferenceWords {
		return errNode
	}
	return d.identifier(creationSize + 4*words)
}

// bitString reads a binary of which the last byte counts for some bits only.
// With all eight it is a plain binary.
func (d *decoder) bitString(start int) (any, error) {
	n, err := d.length()
	if err != nil {
		return nil, err
	}
	bits, err := d.uint8()
	if err != nil {
		return nil, err
	}
	if bits > 8 || (n == 0) != (bits == 0) {
		return nil, errBitString
	}
	b, err := d.take(n)
	if err != nil {
		return nil, err
	}
	if bits == 8 || n == 0 {
		return string(b), nil
	}
	return Opaque(d.in[start:d.pos]), nil
}
