package sdata

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// registered are the SD-IDs of IANA's list, apart from "meta", which the encoder sets.
var registered = []string{"timeQuality", "origin", "snmp", "alarm", "ssign", "ssign-cert"}

// Check tells whether data is SD-ELEMENTs, if anything, that a message can have besides our
// own, which is meta. The error does not quote data, since it may be a secret, but says where
// it is at fault and, in parentheses, what to do.
func Check(data string) error {
	ids := make(map[string]bool)
	for rest := []byte(data); len(rest) > 0; {
		at := len(data) - len(rest) + 1
		id, element, more := Element(rest)
		switch name := string(id); {
		case element == nil:
			return fmt.Errorf("what begins at character %d is no SD-ELEMENT of RFC 5424 (write it as [id@41058 name=\"value\"]; %s)", at, hint(rest))
		case name == "meta":
			return fmt.Errorf("the SD-ID meta at character %d is the program's own (remove it)", at)
		case ids[name]:
			return fmt.Errorf("the SD-ID at character %d is there twice (put all its parameters into one pair of brackets)", at)
		case !isID(name):
			return fmt.Errorf("the SD-ID at character %d is none of the registered ones, and not of the form name@NUMBER (give it the number of an enterprise: token@41058)", at)
		default:
			ids[name] = true
		}
		rest = more
	}
	return nil
}

// Room is how many bytes of SD-ELEMENTs, besides our own, a message of at most maxMessage
// bytes may have: half of what the longest header leaves, 576 bytes at most.
func Room(maxMessage int) int {
	const longestHeader = 576
	return max(0, (maxMessage-longestHeader)/2)
}

// isID wants a name of IANA's list, or one with the number of an enterprise, which may have
// more numbers below it, behind an @ (RFC 5424, 6.3.2 and 7.2.2).
func isID(id string) bool {
	name, numbers, private := strings.Cut(id, "@")
	if !private {
		return slices.Contains(registered, id)
	}
	for number := range strings.SplitSeq(numbers, ".") {
		if number == "" || strings.Trim(number, "0123456789") != "" {
			return false
		}
	}
	return name != ""
}

// hint says what people often get wrong.
func hint(element []byte) string {
	switch {
	case element[0] != '[':
		return "it begins with a bracket, and there is no space between two"
	case bytes.IndexByte(element, ']') < 0:
		return "its closing bracket is missing"
	case bytes.HasPrefix(element[1:], []byte(" ")):
		return "no space follows the bracket"
	}
	return `in a value write \" for ", \] for ] and \\ for \`
}
