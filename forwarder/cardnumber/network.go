package cardnumber

// Network is a payment network; 0 is none.
type Network uint8

// The networks, and what is counted beside them.
const (
	Visa Network = 1 + iota
	Mastercard
	Amex
	Discover
	Diners
	JCB
	UnionPay
	Maestro
	Mir
	Code // a verification code: of no network
	networks
)

var names = [networks]string{"none", "visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay", "maestro", "mir", "code"}

// String is the network's name in lower case, as in metrics and events.
func (n Network) String() string { return names[min(n, networks-1)] }

// Networks are all networks, and Code.
func Networks() []Network {
	all := make([]Network, 0, networks-1)
	for n := Visa; n < networks; n++ {
		all = append(all, n)
	}
	return all
}

const (
	shortest = 13 // digits of a number
	longest  = 19
)

// from16 are lengths as a set: bit n is n digits.
const from16 = 1<<16 | 1<<17 | 1<<18 | 1<<19

var lengths = [networks]uint32{
	Visa: 1<<13 | 1<<16 | 1<<19, Mastercard: 1 << 16, Amex: 1 << 15, Discover: from16,
	Diners: 1<<14 | 1<<15 | from16, JCB: from16, UnionPay: from16, Maestro: 1<<16 | 1<<18 | 1<<19, Mir: from16,
}

// uses reports whether the network's numbers may have so many digits.
func (n Network) uses(digits int) bool { return lengths[n]>>digits&1 != 0 }

// networkOf is the network whose numbers begin with the four digits v.
func networkOf(v int) Network {
	switch v / 1000 {
	case 2:
		return networkOf2(v)
	case 3:
		return networkOf3(v)
	case 4:
		return Visa
	case 5:
		return networkOf5(v)
	case 6:
		return networkOf6(v)
	case 8:
		if v/100 == 81 {
			return UnionPay
		}
	}
	return 0
}

func networkOf2(v int) Network {
	switch {
	case v >= 2200 && v <= 2204:
		return Mir
	case v >= 2221 && v <= 2720:
		return Mastercard
	}
	return 0
}

func networkOf3(v int) Network {
	switch v / 100 {
	case 34, 37:
		return Amex
	case 36, 38, 39:
		return Diners
	}
	switch {
	case v >= 3000 && v <= 3059, v == 3095:
		return Diners
	case v >= 3528 && v <= 3589:
		return JCB
	}
	return 0
}

func networkOf5(v int) Network {
	switch v {
	case 5018, 5020, 5038, 5893:
		return Maestro
	}
	if v >= 5100 && v <= 5599 {
		return Mastercard
	}
	return 0
}

func networkOf6(v int) Network {
	switch v {
	case 6011:
		return Discover
	case 6304, 6759, 6761, 6762, 6763, 6771, 6799:
		return Maestro
	}
	switch {
	case v/100 == 62:
		return UnionPay
	case v >= 6440 && v <= 6599:
		return Discover
	}
	return 0
}
