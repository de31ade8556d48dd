#include "textflag.h"

// func Read(address uintptr)
TEXT ·Read(SB), NOSPLIT|NOFRAME, $0-8
	MOVQ address+0(FP), AX
	PREFETCHT0 (AX)
	RET

// func Write(address uintptr)
TEXT ·Write(SB), NOSPLIT|NOFRAME, $0-8
	MOVQ address+0(FP), AX
	BYTE $0x0F; BYTE $0x0D; BYTE $0x08 // PREFETCHW (AX), which the assembler does not know
	RET

// func Offsets(base uintptr, offset *uint64, step uintptr, n int)
TEXT ·Offsets(SB), NOSPLIT|NOFRAME, $0-32
	MOVQ base+0(FP), BX
	MOVQ offset+8(FP), SI
	MOVQ step+16(FP), DX
	MOVQ n+24(FP), CX
	JMP  more

next:
	MOVQ (SI), AX
	PREFETCHT1 (BX)(AX*1)
	ADDQ DX, SI

more:
	DECQ CX
	JGE  next
	RET
