#!/bin/sh
# Measures the data plane: the prefilter, receiving in Go beside loops in C, and
# rings. Ours and what it is compared with take turns in one run. What cannot run
# here says why in a line. With "dpdk" it measures only what needs libdpdk.
set -u
cd "$(dirname "$0")/.." || exit 1

section() { printf '\n== %s\n' "$1"; }

# benchmark runs benchmarks of a package and shows their figures, or why not.
benchmark() {
	go test -run '^$' -bench "$1" -benchtime "$2" "$3" 2>&1 | awk '
		/^Benchmark.*\t/ {
			printf "%-22s", substr($1, 10)
			for (i = 3; i < NF; i += 2)
				if ($i != 0 && ($(i + 1) != "ns/op" || NF == 4))
					printf "  %s %s", $i, $(i + 1)
			print ""
		}
		/SKIP|_test.go:|FAIL|panic/ { print; failed = failed || /FAIL|panic/ }
		END { exit failed }' || status=1
}

machine() {
	echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors, Linux $(uname -r), $(go env GOVERSION), load $(cut -d' ' -f1 /proc/loadavg)"
}

dpdk() {
	section "DPDK: receiving from net_null"
	if [ -z "$tags" ]; then
		echo "not measured: libdpdk is missing (apt install libdpdk-dev dpdk)"
	elif [ "$(id -u)" -ne 0 ]; then
		echo "not measured: hugepages need root"
	else
		go run -tags dpdk ./bench/dpdk || status=1
	fi
	section "rings"
	go run $tags ./bench/rings || status=1
}

status=0
tags=
pkg-config --exists libdpdk 2>/dev/null && tags="-tags dpdk"
machine
if [ "${1:-}" != dpdk ]; then
	section "prefilter: cost of a packet (BPF_PROG_TEST_RUN)"
	benchmark 'Floor|Program|Prefixes|Bypass' 400000x ./bpf
	section "prefilter: packets dropped a second at a veth, by the core that sends them"
	benchmark Drop 10x ./bpf
	section "sockets: receiving in Go beside C, 60 and 508 bytes"
	benchmark . 21x ./bench/receive
fi
dpdk
exit $status
