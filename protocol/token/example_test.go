package token_test

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/token"
)

// The secret_key_base of a Phoenix application, from its configuration.
const secretKeyBase = "kjoy3o1zeidquwy1398juxzldjlksahdk3"

// Verify a token that a Phoenix application signed:
//
//	Phoenix.Token.sign(MyAppWeb.Endpoint, "user auth", user.id, max_age: :infinity)
func Example() {
	users, err := token.New(secretKeyBase, "user auth", token.Options{})
	if err != nil {
		log.Fatal(err)
	}
	data, err := users.Verify("SFMyNTY.g2gDYWNuBgAAaOXPiwFkAAhpbmZpbml0eQ.DTzISyW3nolio5ygOFMIjCnVYH6cg0l0v_gez6aGptM")
	if err != nil {
		log.Fatal(err)
	}
	id, ok := data.(int64) // an integer of Erlang
	fmt.Println(id, ok)
	// Output: 99 true
}

// Sign one that a Phoenix application verifies:
//
//	{:ok, {:user, 42}} = Phoenix.Token.verify(MyAppWeb.Endpoint, "user socket", token, max_age: 1_209_600)
func ExampleCodec_Sign() {
	users, err := token.New(secretKeyBase, "user socket", token.Options{})
	if err != nil {
		log.Fatal(err)
	}
	text, err := users.Sign(token.Tuple{token.Atom("user"), 42})
	if err != nil {
		log.Fatal(err)
	}
	data, err := users.Verify(text, token.MaxAge(14*24*time.Hour))
	fmt.Printf("%v %v\n", data, err)
	// Output: [user 42] <nil>
}

// With the same time, age and form of atoms, the token is the same text as
// Phoenix's.
func ExampleCodec_Sign_byteForByte() {
	users, err := token.New(secretKeyBase, "user auth", token.Options{LegacyAtoms: true}) // a Phoenix on OTP 25
	if err != nil {
		log.Fatal(err)
	}
	text, err := users.Sign(99, token.SignedAt(time.Unix(1_700_000_000, 0)), token.Infinity)
	fmt.Println(text, err)
	// Output: SFMyNTY.g2gDYWNuBgAAaOXPiwFkAAhpbmZpbml0eQ.DTzISyW3nolio5ygOFMIjCnVYH6cg0l0v_gez6aGptM <nil>
}

// The three errors are for three answers.
func ExampleCodec_Verify() {
	users, err := token.New(secretKeyBase, "user auth", token.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{
		"",
		"garbage",
		"SFMyNTY.g2gDYWNuBgAAaOXPiwFiAAFRgA.uvJEDHa-IjTolIYW4Crh8PlZJCIGkSHuF4_nhnqPLRk", // of 2023, for a day
	} {
		_, err := users.Verify(text)
		switch {
		case errors.Is(err, token.ErrMissing):
			fmt.Println("log in first")
		case errors.Is(err, token.ErrExpired):
			fmt.Println("log in again")
		case errors.Is(err, token.ErrInvalid):
			fmt.Println("refused:", http.StatusText(http.StatusForbidden))
		}
	}
	// Output:
	// log in first
	// refused: Forbidden
	// log in again
}

// A map of Elixir has the keys that it was made with: strings, or atoms.
func ExampleCodec_Verify_map() {
	sessions, err := token.New(secretKeyBase, "s", token.Options{})
	if err != nil {
		log.Fatal(err)
	}
	// Phoenix.Token.sign(secret, "s", %{"id" => 1, "n" => nil})
	text := "SFMyNTY.g2gDdAAAAAJtAAAAAmlkYQFtAAAAAW5kAANuaWxuBgAAaOXPiwFiAAFRgA.Ti-2A5mIa0XdpdOxs_tPDDCwbOUJAm33Jvpb91AjLI0"
	data, err := sessions.Verify(text, token.Infinity)
	if err != nil {
		log.Fatal(err)
	}
	session, ok := data.(map[any]any)
	fmt.Println(session["id"], session["n"], ok)
	_, ok = session[token.Atom("id")]
	fmt.Println(ok)
	// Output:
	// 1 <nil> true
	// false
}

// Decrypt a token of Phoenix.Token.encrypt.
func ExampleCodec_Decrypt() {
	users, err := token.New(secretKeyBase, "user secret", token.Options{})
	if err != nil {
		log.Fatal(err)
	}
	data, err := users.Decrypt(
		"XCP.HVMpAF72_cjKVBbfUyWxKV9-w_5cVrqP74hn39AZwe6i6Wik_IXrEYzI1ggTmPuJaO6iC5c7bq-6MMo",
		token.Infinity, // of 2023: a real caller gives the age it accepts
	)
	fmt.Println(data, err)
	// Output: 99 <nil>
}
