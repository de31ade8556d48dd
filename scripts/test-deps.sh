#!/bin/sh
# Installs the programs that some tests compare with, the C compilers that the race
# detector, embedded C and the BPF programs need, and the servers that reports go to (Maven gets
# those that Debian has not). Where that cannot be done the tests skip and say so.
missing=""
command -v tshark >/dev/null 2>&1 || missing="$missing tshark"
command -v capinfos >/dev/null 2>&1 || missing="$missing wireshark-common"
command -v tcpdump >/dev/null 2>&1 || missing="$missing tcpdump"
command -v cc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
command -v mosquitto >/dev/null 2>&1 || missing="$missing mosquitto"
command -v javac >/dev/null 2>&1 || missing="$missing openjdk-17-jdk-headless"
command -v mvn >/dev/null 2>&1 || missing="$missing maven"
[ -f /usr/include/hiredis/hiredis.h ] || missing="$missing libhiredis-dev"
command -v clang-14 >/dev/null 2>&1 || missing="$missing clang-14 llvm-14"
[ -f /usr/include/bpf/bpf_helpers.h ] || missing="$missing libbpf-dev"
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
command -v nfcapd >/dev/null 2>&1 || missing="$missing nfdump"
command -v promtool >/dev/null 2>&1 || missing="$missing prometheus"
command -v mmdebstrap >/dev/null 2>&1 || missing="$missing mmdebstrap"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
pkg-config --exists libdpdk 2>/dev/null || missing="$missing libdpdk-dev dpdk pkg-config"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
	echo "not installed, tests that need them skip:$missing"
	exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || echo "could not be installed, tests that need them skip:$missing"
