package cardnumber

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// machines are all that masks may be on this machine.
var machines = []func(b *byte, blocks int, digits *uint64) bool{masks}

// TestMasks: a bit for each digit, of all bytes there are, with the machine's help and without.
func TestMasks(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for n := range 20_000 {
		blocks := 1 + r.IntN(5)
		b := make([]byte, 64*blocks+1)
		for i := range b {
			switch r.IntN(3) {
			case 0:
				b[i] = byte(r.IntN(256))
			case 1:
				b[i] = '0' - 2 + byte(r.IntN(14))
			default:
				b[i] = "abuwxBUWZ[`{"[r.IntN(12)]
			}
		}
		if at := r.IntN(len(b)) - 1; at >= 0 && r.IntN(2) == 0 {
			copy(b[at:], []string{"cv", "CV", "cV", "Cv"}[r.IntN(4)])
		}
		has := bytes.Contains(bytes.ToLower(b), []byte("cv"))
		got, slow := make([]uint64, blocks), make([]uint64, blocks)
		cv, mayHave := machines[n%len(machines)](&b[0], blocks, &got[0]), masksOf(b, slow)
		if cv != has && !bytes.ContainsFunc(b, func(c rune) bool { return c > 127 }) || has && !cv || has && !mayHave {
			t.Fatalf("%q: cv %v, slowly %v, want %v", b, cv, mayHave, has)
		}
		for i := range 64 * blocks {
			if want := isDigit(b[i]); got[i/64]>>(i%64)&1 == 1 != want || slow[i/64]>>(i%64)&1 == 1 != want {
				t.Fatalf("%q: byte %d, %q", b, i, b[i])
			}
		}
	}
}

// TestLongLines: a line that is longer than what is looked at together is as any other.
func TestLongLines(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 3000 {
		at := pieceSize - 100 + r.IntN(200)
		if r.IntN(3) == 0 {
			at *= 1 + r.IntN(4)
		}
		m := makeNumber(r)
		in := "a\n" + string(bytes.Repeat([]byte("/"), at)) + "=" + m.text + "&cvv=123" + string(bytes.Repeat([]byte("."), r.IntN(9000))) + "\nb"
		b := []byte(in)
		New(Rules{}).Truncate(b)
		if want := "=" + m.want + "&cvv=***"; !bytes.Contains(b, []byte(want)) || len(b) != len(in) {
			t.Fatalf("at %d: no %q", at, want)
		}
	}
}
