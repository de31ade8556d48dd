// Tables that the prefilter shares with user space, and their layout.
//
// All rule tables exist twice, in slots 0 and 1. A packet reads `active` once
// and then sees the rules of that slot only; user space fills the other slot
// and then changes `active`.
#pragma once

enum {
	SLOTS = 2,
	PROTOCOLS = 256,
	PORTS = 65536,
	BYTES = 256, // values of one byte
	SHAPES = 8,
	CLASSES = 256, // of ports, and of prefixes
};

// What becomes of a packet and why. Passes come first: up to LAST_PASS.
enum reason {
	PASS,
	PASS_NON_IP,
	PASS_DAMAGED,
	PASS_UNDECIDED,
	PASS_FLOW_EVENT,
	LAST_PASS = PASS_FLOW_EVENT,
	DROP_PROTOCOL,
	DROP_PREFIX,
	DROP_PORT,
	DROP_NOT_ALLOWED,
	DROP_SAMPLED,
	DROP_NON_IP,
	DROP_TOO_LONG,
	DROP_UNWANTED,
	BYPASSED,
	REASONS,
};

// Bits of settings.flags.
enum flag {
	HAVE_ALLOW = 1 << 0, // what no rule allows is dropped
	HAVE_PREFIX4 = 1 << 1,
	HAVE_PREFIX6 = 1 << 2,
	HAVE_PORTS = 1 << 3,
	NO_NON_IP = 1 << 4,
	HAVE_WANTED = 1 << 5, // what is not wanted is dropped
};

// What a rule says about one side of a packet. In settings.ports there are four
// such nibbles, one for each class of transport protocols.
enum side {
	ALLOW_SRC = 1 << 0,
	ALLOW_DST = 1 << 1,
	DENY_SRC = 1 << 2,
	DENY_DST = 1 << 3,
};

// Bits of settings.protocols. ALLOW_MAYBE is for packets whose ports cannot be
// known: some rule would allow some port of this protocol.
enum known {
	ALLOW_PROTOCOL = 1 << 0,
	DENY_PROTOCOL = 1 << 1,
	ALLOW_MAYBE = 1 << 2,
};

// What an IP packet looks like, as an index: bits of packet.shape.
enum shape {
	IS_IP6 = 1 << 0,
	IS_FRAGMENT = 1 << 1,
	HAS_OPTIONS = 1 << 2, // of IPv4
};

// Sets of packets of which somebody looks at, one bit for each: a packet is in
// those whose bit is left when the words of all that is known of it are anded. The
// classes of ports and prefixes are those that are in the same sets.
struct wanted {
	__u64 shapes[SHAPES];
	__u64 protocols[PROTOCOLS];
	__u64 src[CLASSES];
	__u64 dst[CLASSES];
	__u64 sports[CLASSES];
	__u64 dports[CLASSES];
	__u64 flags[BYTES]; // of TCP
	__u64 types[BYTES]; // of ICMP
	__u8 classes[PORTS];
};

struct settings {
	__u32 flags;
	__u32 sample; // 1 of so many flows passes; 0 and 1: all
	__u8 protocols[PROTOCOLS];
	__u16 ports[PORTS];
	struct wanted wanted;
};

// What tries hold: enum side in the lower byte, the class above.
enum value {
	CLASS_SHIFT = 8,
};

struct count {
	__u64 packets;
	__u64 bytes;
};

struct counts {
	struct count by_reason[REASONS];
	struct count unclaimed; // passed, but there was no socket to take it
};

// Numbers are in host byte order.
struct packet {
	__u64 src[2], dst[2]; // as in flow_key
	__u32 at; // where the header is that is being read, bytes from the start
	__u32 stop; // where the IP packet ends
	__u32 data; // payload of TCP or UDP, bytes
	__u16 sport, dport; // 0 if the protocol has none
	__u8 protocol;
	__u8 ip6;
	__u8 undecided; // the protocol has ports but they cannot be known
	__u8 whole; // TCP or UDP with its whole fixed header
	__u8 flags; // of TCP
	__u8 next; // header at `at`
	__u8 shape; // enum shape
	__u8 type; // of ICMP
	__u8 looked; // flags or type have been read
	__u8 zero[3];
};

// What each core has for itself. The packet is here and not on the stack since
// the verifier forgets what is in maps: it looks at the rules once, and not once
// for each way through the headers.
struct core {
	struct counts counts;
	struct packet packet;
};

// A flow in an order that is the same for both directions: addresses as
// numbers (IPv4 as ::ffff:a.b.c.d), the lower address first, of equal ones that
// with the lower port.
struct flow_key {
	__u64 addr[2][2]; // [end][upper half, lower half]
	__u16 port[2];
	__u8 protocol;
	__u8 zero[3];
};

// What was counted of a flow, by the end that sent it. One cache line, so that
// the two directions do not get into each other's way on two cores.
struct flow_end {
	__u64 packets;
	__u64 bytes; // of whole frames
	__u64 data; // of TCP or UDP payload
	__u64 last; // time of the latest packet, ns of CLOCK_MONOTONIC_COARSE
	__u8 flags[32]; // 1 for each value of the upper five TCP flags that was seen
};

struct flow_counts {
	struct flow_end end[2];
};

struct prefix4 {
	__u32 bits;
	__u32 addr; // network byte order
};

struct prefix6 {
	__u32 bits;
	__u32 addr[4]; // network byte order
};

struct trie4 {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct prefix4));
	__uint(value_size, sizeof(__u32));
};

struct trie6 {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct prefix6));
	__uint(value_size, sizeof(__u32));
};

// Tries of both slots. Writing to them from user space waits until no packet
// is being looked at any more (maybe_wait_bpf_programs in the kernel).
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__array(values, struct trie4);
} prefixes4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__array(values, struct trie6);
} prefixes6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct core);
} cores SEC(".maps");

// Bypassed flows and their places in flow_counters. Not an LRU: a flow that the
// kernel pushes out would take its counts with it. The sizes are set on load.
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow_key);
	__type(value, __u32);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_counts);
} flow_counters SEC(".maps");

// AF_XDP sockets by receive queue; the size is set on load.
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

volatile __u32 active; // slot of the rules in force
volatile __u32 bypassing; // there are bypassed flows
const volatile __u8 redirect; // packets that pass go to sockets
const volatile __u32 max_frame; // longest frame that passes, bytes; 0: any

// Keeps types that only user space stores among those it is generated from.
const struct kept {
	enum reason reason;
	enum flag flag;
	enum side side;
	enum known known;
	enum shape shape;
} *keep __attribute__((unused));
