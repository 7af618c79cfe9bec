package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// The kinds of values that settings have. Each is a flag.Value that refuses
// what makes no sense, with a sentence that says what would.

// address is where to listen: host:port, the host being optional.
type address string

func (a *address) String() string { return string(*a) }

func (a *address) Set(text string) error {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return errors.New("write it as :4000, 127.0.0.1:4000 or [::1]:4000")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q is no port: it is a number from 0 (any free port) to 65535", port)
	}
	*a = address(text)
	return nil
}

// number is a count, at least 1.
type number[N int | int64] struct{ n *N }

func (v number[N]) String() string {
	if v.n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*v.n), 10)
}

func (v number[N]) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || int64(N(n)) != n {
		return errors.New("it is a whole number, 1 or more")
	}
	*v.n = N(n)
	return nil
}

// units are the multiples in which a size may be written.
var units = []struct {
	suffix string
	bytes  int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
	{"B", 1}, {"", 1},
}

// size is a number of bytes, at least 1: 8000000, 8MB or 1MiB.
type size[N int | int64] struct{ n *N }

func (v size[N]) String() string { return number[N](v).String() }

func (v size[N]) Set(text string) error {
	for _, unit := range units {
		digits, ok := strings.CutSuffix(text, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 1 || n > int64(1<<40)/unit.bytes || int64(N(n*unit.bytes)) != n*unit.bytes {
			break
		}
		*v.n = N(n * unit.bytes)
		return nil
	}
	return errors.New("it is a number of bytes, 1 or more, such as 8000000, 8MB or 1MiB")
}

// duration is a length of time above zero.
type duration time.Duration

func (d *duration) String() string { return time.Duration(*d).String() }

func (d *duration) Set(text string) error {
	parsed, err := time.ParseDuration(text)
	if err != nil || parsed <= 0 {
		return errors.New("it is a length of time above zero, such as 90s, 2m30s or 1500ms")
	}
	*d = duration(parsed)
	return nil
}

// folder is a path; whether it is there shows when it is opened.
type folder string

func (f *folder) String() string { return string(*f) }

func (f *folder) Set(text string) error {
	*f = folder(text)
	return nil
}

// origins says which web pages may connect.
type origins struct {
	text  string
	check phoenix.OriginCheck // nil: pages of the host that the request names
}

func (o *origins) String() string { return o.text }

func (o *origins) Set(text string) error {
	var check phoenix.OriginCheck
	switch text {
	case "host":
	case "any":
		check = phoenix.AnyOrigin
	default:
		list, err := phoenix.OriginList(strings.Split(text, ",")...)
		if err != nil {
			return fmt.Errorf("it is host, any, or a list of origins: %w", err)
		}
		check = list
	}
	*o = origins{text, check}
	return nil
}

// level is how much is logged.
type level slog.Level

func (l *level) String() string { return strings.ToLower(slog.Level(*l).String()) }

func (l *level) Set(text string) error {
	if err := (*slog.Level)(l).UnmarshalText([]byte(text)); err != nil {
		return errors.New("it is debug, info, warn or error")
	}
	return nil
}

// logFormat is "text" or "json".
type logFormat string

func (f *logFormat) String() string { return string(*f) }

func (f *logFormat) Set(text string) error {
	if text != "text" && text != "json" {
		return errors.New("it is text or json")
	}
	*f = logFormat(text)
	return nil
}

// text is a value that reads and writes itself, as a flag.
type text struct {
	value interface {
		fmt.Stringer
		UnmarshalText([]byte) error
	}
}

func (t text) String() string {
	if t.value == nil {
		return ""
	}
	return t.value.String()
}

func (t text) Set(s string) error { return t.value.UnmarshalText([]byte(s)) }
