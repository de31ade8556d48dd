#include "textflag.h"

// func Read(p unsafe.Pointer)
TEXT ·Read(SB), NOSPLIT|NOFRAME, $0-8
	MOVQ p+0(FP), AX
	PREFETCHT0 (AX)
	RET

// func Write(p unsafe.Pointer)
TEXT ·Write(SB), NOSPLIT|NOFRAME, $0-8
	MOVQ p+0(FP), AX
	BYTE $0x0F; BYTE $0x0D; BYTE $0x08 // PREFETCHW (AX), which the assembler does not know
	RET

// func Offsets(base, offset unsafe.Pointer, step uintptr, n int)
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
