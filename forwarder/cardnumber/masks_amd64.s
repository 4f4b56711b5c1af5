#include "textflag.h"

// Of 64 bytes 16 or 32 at a time are looked at, and those that are one byte further on. A digit is
// what is at most 9 when '0' is taken from it.

#define BYTES(value, to) \
	MOVQ $value, AX; \
	MOVQ AX, to; \
	PUNPCKLQDQ to, to

#define SIXTEEN(at, bits) \
	MOVOU at(SI), X0; \
	MOVOU (at+1)(SI), X1; \
	MOVO X0, X2; \
	PSUBB X8, X2; \
	MOVO X2, X3; \
	PMINUB X9, X3; \
	PCMPEQB X2, X3; \
	PMOVMSKB X3, bits; \
	POR X10, X0; \
	POR X10, X1; \
	PCMPEQB X11, X0; \
	PCMPEQB X12, X1; \
	PAND X1, X0; \
	POR X0, X13

// func masksSSE2(b *byte, blocks int, digits *uint64) (cv bool)
TEXT ·masksSSE2(SB), NOSPLIT, $0-25
	MOVQ b+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ digits+16(FP), DI
	BYTES(0x3030303030303030, X8)
	BYTES(0x0909090909090909, X9)
	BYTES(0x2020202020202020, X10)
	BYTES(0x6363636363636363, X11)
	BYTES(0x7676767676767676, X12)
	PXOR X13, X13

next:
	SIXTEEN(0, AX)
	SIXTEEN(16, BX)
	SIXTEEN(32, DX)
	SIXTEEN(48, R8)
	SHLQ $16, BX
	SHLQ $32, DX
	SHLQ $48, R8
	ORQ BX, AX
	ORQ R8, DX
	ORQ DX, AX
	MOVQ AX, (DI)
	ADDQ $8, DI
	ADDQ $64, SI
	DECQ CX
	JNZ next

	PMOVMSKB X13, AX
	TESTQ AX, AX
	SETNE cv+24(FP)
	RET

#define BYTES32(value, x, y) \
	MOVQ $value, AX; \
	MOVQ AX, x; \
	VPBROADCASTQ x, y

#define THIRTYTWO(at, bits) \
	VMOVDQU at(SI), Y0; \
	VMOVDQU (at+1)(SI), Y1; \
	VPSUBB Y8, Y0, Y2; \
	VPMINUB Y9, Y2, Y3; \
	VPCMPEQB Y2, Y3, Y3; \
	VPMOVMSKB Y3, bits; \
	VPOR Y10, Y0, Y0; \
	VPOR Y10, Y1, Y1; \
	VPCMPEQB Y11, Y0, Y0; \
	VPCMPEQB Y12, Y1, Y1; \
	VPAND Y1, Y0, Y0; \
	VPOR Y0, Y13, Y13

// func masksAVX2(b *byte, blocks int, digits *uint64) (cv bool)
TEXT ·masksAVX2(SB), NOSPLIT, $0-25
	MOVQ b+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ digits+16(FP), DI
	BYTES32(0x3030303030303030, X8, Y8)
	BYTES32(0x0909090909090909, X9, Y9)
	BYTES32(0x2020202020202020, X10, Y10)
	BYTES32(0x6363636363636363, X11, Y11)
	BYTES32(0x7676767676767676, X12, Y12)
	VPXOR Y13, Y13, Y13

next32:
	THIRTYTWO(0, AX)
	THIRTYTWO(32, BX)
	SHLQ $32, BX
	ORQ BX, AX
	MOVQ AX, (DI)
	ADDQ $8, DI
	ADDQ $64, SI
	DECQ CX
	JNZ next32

	VPMOVMSKB Y13, AX
	VZEROUPPER
	TESTQ AX, AX
	SETNE cv+24(FP)
	RET
