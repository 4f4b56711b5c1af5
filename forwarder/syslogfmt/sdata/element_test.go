package sdata

import "testing"

// TestElement: the element at the beginning is cut off whole, or there is none (RFC 5424, 6.3).
func TestElement(t *testing.T) {
	name := long("n", 32)
	for _, element := range []string{"[a]", "[a@1]", `[a v=""]`, `[a v="1" w="2"]`, `[a v="\"\\\]"]`, `[a v="="]`, `[a v=" [x="]`, `[a v="ä"]`, "[!~]", "[" + name + " " + name + `="v"]`} {
		for _, rest := range []string{"", "[b]", " text", "]"} {
			id, whole, left := Element([]byte(element + rest))
			if want := string(id); string(whole) != element || string(left) != rest || want != "a" && want != "a@1" && want != "!~" && want != name {
				t.Errorf("%s: %q, %q, %q", element+rest, id, whole, left)
			}
		}
	}
	for _, none := range []string{
		"", "a", "[", "[]", "[ a]", "[a", "[a ", "[a v", "[a v=", `[a v="`, `[a v="x`, `[a v="x"`, `[a v=x]`, `[a  v="x"]`, `[a ="x"]`, `[a v="x" ]`, `[a v="x"w="y"]`, `[a v="]"]`,
		`[a v="\`, `[a v="\x"]`, "[a v=\"\xff\"]", "[\x7f]", "[ä]", "[" + name + "n]", "[a " + name + `n="v"]`, `[a="x"]`, `["]`,
	} {
		if id, whole, left := Element([]byte(none)); id != nil || whole != nil || left != nil {
			t.Errorf("%s: %q, %q, %q", none, id, whole, left)
		}
	}
}
