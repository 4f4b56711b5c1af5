package cardnumber

import "encoding/binary"

// digits8 has a bit for each of the eight bytes of x, the lowest for the lowest byte: it is set
// where the byte is a digit.
func digits8(x uint64) uint64 {
	x ^= 0x3030303030303030                                     // 0 to 9 where there is a digit
	x |= x&0x7f7f7f7f7f7f7f7f + 0x7676767676767676              // the high bit: it is none
	return (^x & 0x8080808080808080) * 0x0002040810204081 >> 56 // the high bits side by side
}

// noCV has the high bit of each byte at which "cv" does not begin; next are the bytes behind those
// of x. It may take bytes above 127 for letters.
func noCV(x, next uint64) uint64 {
	x = (x ^ 0x4343434343434343) | (next ^ 0x5656565656565656)
	return (x&0x5f5f5f5f5f5f5f5f + 0x7f7f7f7f7f7f7f7f) & 0x8080808080808080
}

// masksOf is masks without the machine's help.
func masksOf(b []byte, digits []uint64) (cv bool) {
	none := uint64(0x8080808080808080)
	for i := range digits {
		m := uint64(0)
		for k := 0; k < 64; k += 8 {
			x, next := binary.LittleEndian.Uint64(b[64*i+k:]), binary.LittleEndian.Uint64(b[64*i+k+1:])
			m |= digits8(x) << k
			none &= noCV(x, next)
		}
		digits[i] = m
	}
	return none != 0x8080808080808080
}
