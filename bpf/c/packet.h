// Reading a frame from Ethernet to ports. The same is written in Go in
// ../decode.go; a test holds both together.
#pragma once

enum {
	ETH_HEADER = 14,
	VLAN_TAG = 4,
	VLAN_TAGS = 2, // single and QinQ
	IP6_HEADER = 40,
	IP6_EXTENSIONS = 8, // extension headers looked through
	TCP_HEADER = 20,
	UDP_HEADER = 8,

	TYPE_IP4 = 0x0800,
	TYPE_IP6 = 0x86dd,
	TYPE_VLAN = 0x8100, // IEEE 802.1Q
	TYPE_QINQ = 0x88a8, // IEEE 802.1ad
	TYPE_QINQ_OLD = 0x9100,

	HOP_BY_HOP = 0,
	TCP = 6,
	UDP = 17,
	DCCP = 33,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	DESTINATION = 60,
	SCTP = 132,
	MOBILITY = 135,
	UDP_LITE = 136,
	HIP = 139,
	SHIM6 = 140,

	FLAG_FIN = 1,
	FLAG_SYN = 2,
	FLAG_RST = 4,
};

enum kind {
	IP,
	NON_IP,
	DAMAGED, // or more headers than are looked through
};

// Numbers are in host byte order.
struct packet {
	__u64 src[2], dst[2]; // as in flow_key
	__u16 sport, dport; // 0 if the protocol has none
	__u8 protocol;
	__u8 ip6;
	__u8 undecided; // the protocol has ports but they cannot be known
	__u8 whole; // TCP or UDP with its whole fixed header
	__u8 flags; // of TCP
	__u32 data; // payload of TCP or UDP, bytes
};

static __always_inline __u16 read16(const void *p)
{
	return bpf_ntohs(*(const __u16 *)p);
}

static __always_inline __u32 read32(const void *p)
{
	return bpf_ntohl(*(const __u32 *)p);
}

static __always_inline __u64 read64(const void *p)
{
	return (__u64)read32(p) << 32 | read32(p + 4);
}

static __always_inline int is_vlan(__u16 type)
{
	return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD;
}

// class_of returns 1 to 4 for protocols whose header starts with two ports.
static __always_inline int class_of(__u8 protocol)
{
	switch (protocol) {
	case TCP:
		return 1;
	case UDP:
		return 2;
	case SCTP:
		return 3;
	case DCCP:
	case UDP_LITE:
		return 4;
	}
	return 0;
}

// transport reads the header of TCP or UDP, and the ports of both and of other
// protocols that have them. stop is where the IP packet ends.
static __always_inline void transport(struct packet *p, void *at, void *end, long left)
{
	if (!class_of(p->protocol))
		return;
	if (at + 4 > end) {
		p->undecided = 1;
		return;
	}
	p->sport = read16(at);
	p->dport = read16(at + 2);
	long header = UDP_HEADER;
	if (p->protocol == TCP) {
		if (at + TCP_HEADER > end)
			return;
		header = (*(__u8 *)(at + 12) >> 4) * 4;
		if (header < TCP_HEADER)
			return;
		p->flags = *(__u8 *)(at + 13);
	} else if (p->protocol != UDP || at + UDP_HEADER > end) {
		return;
	}
	p->whole = 1;
	if (left > header)
		p->data = left - header;
}

static __always_inline enum kind read_ip4(struct packet *p, void *at, void *end)
{
	if (at + 20 > end)
		return DAMAGED;
	__u32 first = *(__u8 *)at;
	long header = (first & 15) * 4;
	if (first >> 4 != 4 || header < 20 || at + header > end)
		return DAMAGED;
	p->src[1] = 0xffff00000000ULL | read32(at + 12);
	p->dst[1] = 0xffff00000000ULL | read32(at + 16);
	p->protocol = *(__u8 *)(at + 9);
	if (read16(at + 6) & 0x3fff) { // more fragments, or an offset
		p->undecided = 1;
		return IP;
	}
	// Offloading cards leave lengths out or too short: then the frame counts.
	long left = end - at, total = read16(at + 2);
	if (total >= header && total < left)
		left = total;
	transport(p, at + header, end, left - header);
	return IP;
}

// extension says whether a next header value is an extension header that can
// be passed over.
static __always_inline int extension(__u8 next)
{
	switch (next) {
	case HOP_BY_HOP:
	case ROUTING:
	case FRAGMENT:
	case AUTHENTICATION:
	case DESTINATION:
	case MOBILITY:
	case HIP:
	case SHIM6:
		return 1;
	}
	return 0;
}

static __always_inline enum kind read_ip6(struct packet *p, void *at, void *end)
{
	if (at + IP6_HEADER > end || *(__u8 *)at >> 4 != 6)
		return DAMAGED;
	p->ip6 = 1;
	p->src[0] = read64(at + 8);
	p->src[1] = read64(at + 16);
	p->dst[0] = read64(at + 24);
	p->dst[1] = read64(at + 32);
	long left = end - at - IP6_HEADER, length = read16(at + 4);
	if (length && length < left)
		left = length;
	__u8 next = *(__u8 *)(at + 6);
	at += IP6_HEADER;
	for (int i = 0; i < IP6_EXTENSIONS && extension(next); i++) {
		if (at + 8 > end)
			return DAMAGED;
		long size = 8;
		__u8 units = *(__u8 *)(at + 1), this = next;
		next = *(__u8 *)at;
		if (this == FRAGMENT && read16(at + 2) & 0xfff9) {
			p->protocol = next;
			p->undecided = 1;
			return IP;
		}
		if (this == AUTHENTICATION)
			size = (units + 2) * 4;
		else if (this != FRAGMENT)
			size = (units + 1) * 8;
		at += size;
		left -= size;
	}
	if (extension(next))
		return DAMAGED;
	p->protocol = next;
	transport(p, at, end, left);
	return IP;
}

static __always_inline enum kind read_frame(struct packet *p, void *at, void *end)
{
	if (at + ETH_HEADER > end)
		return DAMAGED;
	__u16 type = read16(at + 12);
	at += ETH_HEADER;
#pragma unroll
	for (int i = 0; i < VLAN_TAGS; i++) {
		if (!is_vlan(type))
			break;
		if (at + VLAN_TAG > end)
			return DAMAGED;
		type = read16(at + 2);
		at += VLAN_TAG;
	}
	if (type == TYPE_IP4)
		return read_ip4(p, at, end);
	if (type == TYPE_IP6)
		return read_ip6(p, at, end);
	return is_vlan(type) ? DAMAGED : NON_IP;
}
