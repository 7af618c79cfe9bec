package token

import (
	"strings"
	"testing"
)

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(vectorSecret, "user auth", Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

var benchData = map[string]any{
	"integer": 42,
	"map":     map[string]any{"id": 42, "role": Atom("admin"), "name": "somebody"},
	"text1k":  strings.Repeat("x", 1024),
}

func BenchmarkSign(b *testing.B) {
	c := newCodec(b, "user auth", Options{})
	for name, data := range benchData {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Sign(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	c := newCodec(b, "user auth", Options{})
	for name, data := range benchData {
		b.Run(name, func(b *testing.B) {
			token, err := c.Sign(data)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Verify(token, Infinity); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("forged", func(b *testing.B) {
		token, err := newCodec(b, "other", Options{}).Sign(42)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Verify(token); err == nil {
				b.Fatal("accepted")
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		token, err := c.Sign(42)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := c.Verify(token); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

func BenchmarkEncrypt(b *testing.B) {
	c := newCodec(b, "user secret", Options{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Encrypt(42); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecrypt(b *testing.B) {
	c := newCodec(b, "user secret", Options{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Decrypt(vectorXCP, Infinity); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeTerm(b *testing.B) {
	term, err := encodeTerm(benchData["map"], false)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeTerm(term, DefaultMaxSize); err != nil {
			b.Fatal(err)
		}
	}
}
