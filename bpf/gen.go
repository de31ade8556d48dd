package bpf

// The compiler is clang 14: others give other bytes, and a test compares.
//go:generate go tool bpf2go -cc clang-14 -strip llvm-strip-14 -target bpfel,bpfeb -type reason -type flag -type side -type known -type shape -type wanted -type count -type flow_end prefilter c/prefilter.c -- -O2 -g -Wall -Werror -mcpu=v3 -idirafter /usr/include/x86_64-linux-gnu -idirafter /usr/include/aarch64-linux-gnu
