package verify

import (
	"testing"

	"httpd-syslog/forwarder/verify/ledger"
)

// TestTake: of several lines the one is taken that is most like it, and none that is not even half like it.
func TestTake(t *testing.T) {
	const altered = "GET /shop/cart?item=9 HTTP/1.1"
	for _, tt := range []struct {
		name string
		list []string
		want string
	}{
		{"its begin is like it", []string{"POST /login", "GET /shop/cart?item=10 HTTP/1.0", "GET /x HTTP/1.1"}, "GET /shop/cart?item=10 HTTP/1.0"},
		{"its end is like it", []string{"GET /shop/", "PUT /shop/cart?item=9 HTTP/1.1"}, "PUT /shop/cart?item=9 HTTP/1.1"},
		{"none is", []string{"POST /login", "another line of the same length"}, ""},
		{"it is a long one that begins so", []string{altered + altered + altered}, ""},
	} {
		var list []*line
		for _, text := range tt.list {
			list = append(list, &line{text: []byte(text)})
		}
		got := ""
		if l := take(&list, &line{text: []byte(altered), number: 1}); l != nil {
			got = string(l.text)
		}
		if got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// TestTakeByNumber: a line of the same piece and number is taken, whatever its text.
func TestTakeByNumber(t *testing.T) {
	piece := &ledger.Piece{}
	list := []*line{{text: []byte("the same"), number: 1}, {text: []byte("another"), number: 2}}
	for _, l := range list {
		l.piece = piece
	}
	if l := take(&list, &line{text: []byte("the same"), piece: piece, number: 2}); l == nil || l.number != 2 {
		t.Errorf("%+v", l)
	}
	if len(list) != 1 || list[0].number != 1 {
		t.Errorf("%+v", list)
	}
}
