package cardnumber

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestCutTail: wherever a number is cut, six digits stay of its begin, or six and four if those up
// to the cut are a number.
func TestCutTail(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	f := New(Rules{})
	for range 20000 {
		m := makeNumber(r)
		before := befores[r.IntN(len(befores))]
		cut := r.IntN(len(m.text)) + 1
		in := before + m.text[:cut]
		b := []byte(in)
		f.CutTail(b)
		if left := digitsOf(string(b[len(before):]), m.sep); len(left) > 6 && !(len(left) == 10 && strings.ContainsRune(string(b), '*')) && cut < len(m.text) {
			t.Fatalf("of %q\n got %q: %d digits stay", in, b, len(left))
		}
	}
}

// digitsOf are the digits of s that are not of the separators.
func digitsOf(s, sep string) string {
	if sep != "" {
		s = strings.ReplaceAll(s, sep, "")
		for n := len(sep) - 1; n > 0; n-- {
			s = strings.TrimSuffix(s, sep[:n])
		}
	}
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, s)
}

func TestCuts(t *testing.T) {
	for in, want := range map[string]string{
		"pan=411111111111111":         "pan=411111*********",
		"pan=4111 1111 1":             "pan=4111 11** *",
		"pan=4111 1111 1111 ":         "pan=4111 11** **** ",
		"pan=4111%201111%2":           "pan=4111%2011**%2",
		"pan=411111":                  "=",
		"pan=1764000000123":           "=",                    // nobody's
		"pan=4111111111111111":        "pan=411111**********", // 16 of 19
		"pan=4111111111111111 ":       "pan=411111********** ",
		"pan=5555555555554444":        "pan=555555******4444",
		"411111111111111 ":            "411111********* ",
		"411111111111111,":            "=", // it ends before the cut
		"x=0.5309136012499":           "=",
		"e3b0c44298fc1c14411111111":   "=",
		";4111111111111111=25121":     ";411111******1111=*****",
		"%B4111111111111111^DOE^2512": "%B411111******1111^***^****",
		"cvv=12":                      "cvv=**",
		"cvv=1234":                    "cvv=****",
		"%224111111111":               "%22411111****",
		"01234567890":                 "=",
		"9400111899223197428490":      "=",
		"":                            "=",
	} {
		if want == "=" {
			want = in
		}
		f := New(Rules{})
		b := []byte(in)
		f.CutTail(b)
		if string(b) != want {
			t.Errorf("of %q\n got %q\nwant %q", in, b, want)
		}
	}
}
