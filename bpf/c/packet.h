// Reading a frame from Ethernet to ports. The same is written in Go in
// ../decode.go; a test holds both together.
#pragma once

enum {
	ETH_HEADER = 14,
	VLAN_TAG = 4,
	VLAN_TAGS = 2, // single and QinQ
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	IP6_EXTENSIONS = 8, // extension headers looked through
	TCP_HEADER = 20,
	TCP_FLAGS = 13, // where they are
	UDP_HEADER = 8,
	MOST_AT = 0x7fff, // more than all these headers can have

	TYPE_IP4 = 0x0800,
	TYPE_IP6 = 0x86dd,
	TYPE_VLAN = 0x8100, // IEEE 802.1Q
	TYPE_QINQ = 0x88a8, // IEEE 802.1ad
	TYPE_QINQ_OLD = 0x9100,

	HOP_BY_HOP = 0,
	ICMP = 1,
	TCP = 6,
	UDP = 17,
	DCCP = 33,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	ICMP6 = 58,
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

// here returns where the next header starts. That the place is read back from
// memory, each time anew, keeps the verifier from following every sum of lengths.
static __always_inline void *here(const struct packet *p, void *data)
{
	return data + (*(volatile const __u32 *)&p->at & MOST_AT);
}

// message reads the type of an ICMP message.
static __always_inline void message(struct packet *p, void *b, void *end)
{
	if ((p->protocol != ICMP && p->protocol != ICMP6) || b + 1 > end)
		return;
	p->type = *(__u8 *)b;
	p->looked = 1;
}

// transport reads the header of TCP or UDP, and the ports of both and of other
// protocols that have them.
static __always_inline void transport(struct packet *p, void *data, void *end)
{
	void *b = here(p, data);
	if (!class_of(p->protocol)) {
		message(p, b, end);
		return;
	}
	if (b + 4 > end) {
		p->undecided = 1;
		return;
	}
	p->sport = read16(b);
	p->dport = read16(b + 2);
	__u32 header = UDP_HEADER;
	if (p->protocol == TCP) {
		if (b + TCP_FLAGS + 1 > end)
			return;
		p->flags = *(__u8 *)(b + TCP_FLAGS);
		p->looked = 1;
		header = (*(__u8 *)(b + 12) >> 4) * 4;
		if (b + TCP_HEADER > end || header < TCP_HEADER)
			return;
	} else if (p->protocol != UDP || b + UDP_HEADER > end) {
		return;
	}
	p->whole = 1;
	if (p->stop > p->at + header)
		p->data = p->stop - p->at - header;
}

static __always_inline enum kind read_ip4(struct packet *p, void *data, void *end)
{
	void *b = here(p, data);
	if (b + IP4_HEADER > end)
		return DAMAGED;
	__u32 first = *(__u8 *)b, header = (first & 15) * 4;
	if (first >> 4 != 4 || header < IP4_HEADER || b + header > end)
		return DAMAGED;
	p->src[1] = 0xffff00000000ULL | read32(b + 12);
	p->dst[1] = 0xffff00000000ULL | read32(b + 16);
	p->protocol = *(__u8 *)(b + 9);
	if (header > IP4_HEADER)
		p->shape |= HAS_OPTIONS;
	if (read16(b + 6) & 0x3fff) { // more fragments, or an offset
		p->shape |= IS_FRAGMENT;
		p->undecided = 1;
		return IP;
	}
	// Offloading cards leave lengths out or too short: then the frame counts.
	__u32 total = read16(b + 2);
	if (total >= header && p->at + total < p->stop)
		p->stop = p->at + total;
	p->at += header;
	transport(p, data, end);
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

// pass_over goes to the header behind an extension header. It returns 1 where
// there is no more to read: the packet is a fragment, or cut.
static __always_inline int pass_over(struct packet *p, void *data, void *end, enum kind *kind)
{
	void *b = here(p, data);
	*kind = DAMAGED;
	if (b + 8 > end)
		return 1;
	__u8 this = p->next;
	__u32 units = *(__u8 *)(b + 1), size = (units + 1) * 8;
	p->next = *(__u8 *)b;
	if (this == FRAGMENT) {
		if (read16(b + 2) & 0xfff9) { // more fragments, or an offset
			p->protocol = p->next;
			p->shape |= IS_FRAGMENT;
			p->undecided = 1;
			*kind = IP;
			return 1;
		}
		size = 8;
	} else if (this == AUTHENTICATION) {
		size = (units + 2) * 4;
	}
	p->at += size;
	return 0;
}

static __always_inline enum kind read_ip6(struct packet *p, void *data, void *end)
{
	void *b = here(p, data);
	enum kind kind;
	if (b + IP6_HEADER > end || *(__u8 *)b >> 4 != 6)
		return DAMAGED;
	p->ip6 = 1;
	p->shape = IS_IP6;
	p->src[0] = read64(b + 8);
	p->src[1] = read64(b + 16);
	p->dst[0] = read64(b + 24);
	p->dst[1] = read64(b + 32);
	p->next = *(__u8 *)(b + 6);
	__u32 length = read16(b + 4);
	p->at += IP6_HEADER;
	if (length && p->at + length < p->stop)
		p->stop = p->at + length;
	for (int i = 0; i < IP6_EXTENSIONS && extension(p->next); i++)
		if (pass_over(p, data, end, &kind))
			return kind;
	if (extension(p->next))
		return DAMAGED;
	p->protocol = p->next;
	transport(p, data, end);
	return IP;
}

// read_frame expects p to be zero.
static __noinline int read_frame(struct packet *p, void *data, void *end)
{
	void *b = data;
	if (b + ETH_HEADER > end)
		return DAMAGED;
	__u16 type = read16(b + 12);
	b += ETH_HEADER;
#pragma unroll
	for (int i = 0; i < VLAN_TAGS; i++) {
		if (!is_vlan(type))
			break;
		if (b + VLAN_TAG > end)
			return DAMAGED;
		type = read16(b + 2);
		b += VLAN_TAG;
	}
	p->at = b - data;
	p->stop = end - data;
	if (type == TYPE_IP4)
		return read_ip4(p, data, end);
	if (type == TYPE_IP6)
		return read_ip6(p, data, end);
	return is_vlan(type) ? DAMAGED : NON_IP;
}
