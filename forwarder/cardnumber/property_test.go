package cardnumber

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestEveryNumber: valid numbers of every network, in every form, with every separator, in every
// surroundings, are truncated, and nothing else is touched.
func TestEveryNumber(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := New(Rules{})
	n := 0
	for _, before := range befores {
		for _, behind := range behinds {
			for range 100 {
				m := makeNumber(r)
				in, want := before+m.text+behind, before+m.want+behind
				b := []byte(in)
				f.Truncate(b)
				n++
				if string(b) != want {
					t.Fatalf("of %q\n got %q\nwant %q", in, b, want)
				}
			}
		}
	}
	t.Logf("%d numbers", n)
}

// TestLinesAtOnce: many lines at once are truncated as each alone is.
func TestLinesAtOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var all, want []byte
		for range r.IntN(40) {
			line := makeLine(r)
			all = append(all, line...)
			New(Rules{}).Truncate(line)
			want = append(want, line...)
		}
		New(Rules{}).Truncate(all)
		if !bytes.Equal(all, want) {
			t.Fatalf(" got %q\nwant %q", all, want)
		}
	}
}

// makeLine is a line of things that are likely to be taken for each other.
func makeLine(r *rand.Rand) (b []byte) {
	for range r.IntN(12) {
		switch r.IntN(6) {
		case 0:
			b = append(b, befores[r.IntN(len(befores))]...)
		case 1:
			b = append(b, behinds[r.IntN(len(behinds))]...)
		case 2:
			b = append(b, makeNumber(r).text...)
		case 3:
			b = append(b, strings.Repeat("/a", r.IntN(80))...)
		case 4:
			b = append(b, []string{"cvv=123", "%B4111111111111111^DOE/JOHN^2512101?", ";4111111111111111=25121011234?", "D2512101", "card=", "%20"}[r.IntN(6)]...)
		default:
			for range r.IntN(8) {
				b = append(b, "0123456789 -+%"[r.IntN(14)])
			}
		}
	}
	return append(b, '\n')
}

// TestExcept: a number behind a text of Except stays, and is counted apart.
func TestExcept(t *testing.T) {
	f := New(Rules{Except: []string{"order_id=", "#"}})
	for in, want := range map[string]string{
		"order_id=4111111111111111&x=4111111111111111": "order_id=4111111111111111&x=411111******1111",
		"#4111 1111 1111 1111 4111 1111 1111 1111":     "#4111 1111 1111 1111 4111 11** **** 1111",
		"Order_id=4111111111111111":                    "Order_id=411111******1111",
		"order_id= 4111111111111111":                   "order_id= 411111******1111",
	} {
		b := []byte(in)
		f.Truncate(b)
		if string(b) != want {
			t.Errorf("of %q\n got %q\nwant %q", in, b, want)
		}
	}
	if f.Counts.Excepted != 2 || f.Counts.Found[Visa] != 4 {
		t.Errorf("counted %+v", f.Counts)
	}
}

// TestKeep0And4: only the last four digits stay.
func TestKeep0And4(t *testing.T) {
	f := New(Rules{Keep: Keep0And4})
	b := []byte("4111 1111 1111 1111 371449635398431 ;4111111111111111=2512101000?")
	f.Truncate(b)
	if want := "**** **** **** 1111 ***********8431 ;************1111=**********?"; string(b) != want {
		t.Errorf(" got %q\nwant %q", b, want)
	}
}

// TestFind: what Find names is what Truncate truncates.
func TestFind(t *testing.T) {
	const in = "a 4111 1111 1111 1111 b=378282246310005 cvv=123 4111111111111112"
	b := []byte(in)
	spans := New(Rules{}).Find(nil, b)
	if string(b) != in || len(spans) != 3 {
		t.Fatalf("%q: %v", b, spans)
	}
	for i, want := range []struct {
		text    string
		network Network
	}{{"4111 1111 1111 1111", Visa}, {"378282246310005", Amex}, {"123", Code}} {
		if s := spans[i]; in[s.Begin:s.End] != want.text || s.Network != want.network || s.Network.String() == "" {
			t.Errorf("span %d: %q %v", i, in[s.Begin:s.End], s.Network)
		}
	}
}

// TestRates prints how many random numbers are taken for those of cards; the manual names them.
func TestRates(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	f := New(Rules{})
	const n = 200_000
	for digits := 12; digits <= 20; digits++ {
		found := 0
		b := make([]byte, digits)
		for range n {
			b[0] = '1' + byte(r.IntN(9))
			for i := 1; i < digits; i++ {
				b[i] = '0' + byte(r.IntN(10))
			}
			found += f.Count(b)
		}
		rate := 100 * float64(found) / n
		t.Logf("%d digits: %.2f %%", digits, rate)
		want := map[int]float64{14: 0.4, 15: 0.62, 16: 3.11, 17: 0.89, 18: 0.9, 19: 2.0}[digits]
		if rate < 0.9*want || rate > 1.1*want {
			t.Errorf("%d digits: %.2f %%, want %.2f", digits, rate, want)
		}
	}
}

// TestNoAllocations: lines cost no garbage, with numbers in them or without.
func TestNoAllocations(t *testing.T) {
	f := New(Rules{Except: []string{"id="}})
	in := append(accessLines(t, 50), "4111 1111 1111 1111 ;4111111111111111=2512101000? cvv=123 %B4111111111111111^A^2512101000\n"...)
	b := make([]byte, len(in))
	n := testing.AllocsPerRun(20, func() {
		copy(b, in)
		f.Count(b)
		f.Truncate(b)
		f.CutTail(b[:len(b)-1])
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestCodeBeforeDigits: a code that was masked on account of a number before it is no group of a
// number behind it, and nobody waits for it to be one.
func TestCodeBeforeDigits(t *testing.T) {
	for _, r := range []Rules{{}, {Keep: Keep0And4}} {
		for _, between := range []string{"\np", " ", "-", "&x="} {
			b := []byte("=4073192846501921&security_code=1231" + between + "66666666a")
			if n := New(r).Truncate(b); n != 2 || !bytes.Contains(b, []byte("code=****"+between+"66666666a")) {
				t.Errorf("%d: %q", n, b)
			}
		}
	}
}
