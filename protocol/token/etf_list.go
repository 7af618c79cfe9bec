package token

// list reads a list of bytes or of terms. A list's tail is the empty list; but
// it may also be a further list, which then goes on in it, or any other term,
// which makes it improper: such a one stays in the external format. (A list of
// no elements is its tail.)
func (d *decoder) list(tag, start, depth int) (any, error) {
	var list []any
	for {
		var err error
		if tag == tagString {
			if list, err = d.charlist(list); err != nil {
				return nil, err
			}
			return properList(list), nil
		}
		if list, err = d.elements(list, depth); err != nil {
			return nil, err
		}
		switch tag, err = d.tailTag(); {
		case err != nil:
			return nil, err
		case tag == tagNil:
			d.pos++
			return properList(list), nil
		case tag == tagString, tag == tagList:
			d.pos++
			continue
		}
		tail, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return tail, nil
		}
		return Opaque(d.in[start:d.pos]), nil
	}
}

// properList keeps the empty list one value, whatever form it came in.
func properList(list []any) any {
	if len(list) == 0 {
		return emptyList
	}
	return list
}

// elements appends the elements of a list; its tail, one more promised term,
// is next.
func (d *decoder) elements(list []any, depth int) ([]any, error) {
	n, err := d.length()
	if err != nil {
		return nil, err
	}
	if err := d.promise(n + 1); err != nil {
		return nil, err
	}
	list = grow(list, n)
	for range n {
		v, err := d.element(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	d.owed-- // the tail
	return list, nil
}

func (d *decoder) tailTag() (int, error) {
	if d.left() == 0 {
		return 0, errShort
	}
	return int(d.in[d.pos]), nil
}

func (d *decoder) charlist(list []any) ([]any, error) {
	n, err := d.uint16()
	if err != nil {
		return nil, err
	}
	b, err := d.take(n)
	if err != nil {
		return nil, err
	}
	list = grow(list, n)
	for _, c := range b {
		list = append(list, int64(c))
	}
	return list, nil
}

// grow makes the first allocation exact, and leaves the few lists that go on
// in their tail to append.
func grow(list []any, n int) []any {
	if list == nil {
		return make([]any, 0, n)
	}
	return list
}
