// The prefilter: looks at each frame before the system makes a packet of it,
// and drops, counts or passes it by rules that user space has written into
// tables. ../filter.go does the same in Go.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include "tables.h"
#include "packet.h"

char __license[] SEC("license") = "Apache-2.0";

static __always_inline __u32 look_up4(__u32 slot, __u32 addr)
{
	void *trie = bpf_map_lookup_elem(&prefixes4, &slot);
	if (!trie)
		return 0;
	struct prefix4 key = {32, bpf_htonl(addr)};
	__u32 *sides = bpf_map_lookup_elem(trie, &key);
	return sides ? *sides : 0;
}

static __always_inline __u32 look_up6(__u32 slot, const __u64 *addr)
{
	void *trie = bpf_map_lookup_elem(&prefixes6, &slot);
	if (!trie)
		return 0;
	struct prefix6 key = {128, {
		bpf_htonl(addr[0] >> 32), bpf_htonl(addr[0]),
		bpf_htonl(addr[1] >> 32), bpf_htonl(addr[1]),
	}};
	__u32 *sides = bpf_map_lookup_elem(trie, &key);
	return sides ? *sides : 0;
}

// What the tries hold for both addresses.
struct found {
	__u32 src, dst;
};

// by_prefix returns what the longest prefixes say about both addresses.
static __always_inline __u32 by_prefix(const struct packet *p, __u32 flags, __u32 slot, struct found *f)
{
	if (p->ip6 && flags & HAVE_PREFIX6) {
		f->src = look_up6(slot, p->src);
		f->dst = look_up6(slot, p->dst);
	} else if (!p->ip6 && flags & HAVE_PREFIX4) {
		f->src = look_up4(slot, p->src[1]);
		f->dst = look_up4(slot, p->dst[1]);
	}
	return (f->src & (ALLOW_SRC | DENY_SRC)) | (f->dst & (ALLOW_DST | DENY_DST));
}

// by_port returns what port rules say about both ports.
static __always_inline __u32 by_port(const struct packet *p, const struct settings *s)
{
	int class = class_of(p->protocol);
	if (!(s->flags & HAVE_PORTS) || !class || p->undecided)
		return 0;
	__u32 shift = (class - 1) * 4;
	__u32 src = s->ports[p->sport] >> shift, dst = s->ports[p->dport] >> shift;
	return (src & (ALLOW_SRC | DENY_SRC)) | (dst & (ALLOW_DST | DENY_DST));
}

// normalise makes the key of the packet's flow and returns which end sent it.
static __always_inline int normalise(const struct packet *p, struct flow_key *k)
{
	int order = p->src[0] != p->dst[0] ? p->src[0] > p->dst[0] :
		    p->src[1] != p->dst[1] ? p->src[1] > p->dst[1] :
					     p->sport > p->dport;
	__builtin_memset(k, 0, sizeof *k);
	k->protocol = p->protocol;
	if (order) {
		k->addr[0][0] = p->dst[0], k->addr[0][1] = p->dst[1], k->port[0] = p->dport;
		k->addr[1][0] = p->src[0], k->addr[1][1] = p->src[1], k->port[1] = p->sport;
	} else {
		k->addr[0][0] = p->src[0], k->addr[0][1] = p->src[1], k->port[0] = p->sport;
		k->addr[1][0] = p->dst[0], k->addr[1][1] = p->dst[1], k->port[1] = p->dport;
	}
	return order;
}

static __always_inline __u64 mix(__u64 h, __u64 word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 32;
}

// hash_flow is the same for both directions, and the same in user space.
static __always_inline __u32 hash_flow(const struct flow_key *k)
{
	__u64 h = mix(k->protocol, (__u64)k->port[0] << 16 | k->port[1]);
	h = mix(h, k->addr[0][0]);
	h = mix(h, k->addr[0][1]);
	h = mix(h, k->addr[1][0]);
	h = mix(h, k->addr[1][1]);
	return h;
}

// count_flow adds a packet to its flow. Cores share a flow where a card spreads
// it over queues, hence the atomic additions; flags only ever become 1. SYN, FIN
// and RST, the lower three, are never set here.
static __always_inline void count_flow(struct flow_end *e, const struct packet *p, __u64 bytes)
{
	__sync_fetch_and_add(&e->packets, 1);
	__sync_fetch_and_add(&e->bytes, bytes);
	__sync_fetch_and_add(&e->data, p->data);
	e->last = bpf_ktime_get_coarse_ns(); // the exact clock costs more than all the rest
	e->flags[p->flags >> 3] = 1;
}

// bypass counts the packet if its flow needs no more looking at. A packet that
// begins or ends a connection is looked at all the same, and so is what follows
// it: user space would be too late to see to that.
static __always_inline enum reason bypass(const struct packet *p, const struct flow_key *k,
					  int sender, __u64 bytes)
{
	__u32 *place = bpf_map_lookup_elem(&flows, k);
	if (!place)
		return PASS;
	if (p->flags & (FLAG_SYN | FLAG_FIN | FLAG_RST)) {
		bpf_map_delete_elem(&flows, k);
		return PASS_FLOW_EVENT;
	}
	struct flow_counts *c = bpf_map_lookup_elem(&flow_counters, place);
	if (!c)
		return PASS;
	count_flow(sender ? &c->end[1] : &c->end[0], p, bytes);
	return BYPASSED;
}

// is_wanted tells whether a packet is in one of the sets that somebody looks at,
// or may be, as far as its headers can be known.
static __always_inline int is_wanted(const struct packet *p, const struct wanted *w, const struct found *f)
{
	__u64 sets = w->shapes[p->shape & (SHAPES - 1)] & w->protocols[p->protocol];
	if (!sets)
		return 0;
	sets &= w->src[f->src >> CLASS_SHIFT & (CLASSES - 1)] & w->dst[f->dst >> CLASS_SHIFT & (CLASSES - 1)];
	if (p->undecided)
		return sets != 0;
	if (class_of(p->protocol))
		sets &= w->sports[w->classes[p->sport]] & w->dports[w->classes[p->dport]];
	if (p->looked)
		sets &= p->protocol == TCP ? w->flags[p->flags] : w->types[p->type];
	return sets != 0;
}

// by_rules returns PASS or why the packet is dropped.
static __always_inline enum reason by_rules(const struct packet *p, const struct settings *s, __u32 slot, struct found *f)
{
	__u32 protocol = s->protocols[p->protocol];
	if (protocol & DENY_PROTOCOL)
		return DROP_PROTOCOL;
	__u32 prefix = by_prefix(p, s->flags, slot, f);
	if (prefix & (DENY_SRC | DENY_DST))
		return DROP_PREFIX;
	__u32 port = by_port(p, s);
	if (port & (DENY_SRC | DENY_DST))
		return DROP_PORT;
	if (!(s->flags & HAVE_ALLOW) || (prefix | port) & (ALLOW_SRC | ALLOW_DST))
		return PASS;
	if (protocol & ALLOW_PROTOCOL || (p->undecided && protocol & ALLOW_MAYBE))
		return PASS;
	return DROP_NOT_ALLOWED;
}

static __always_inline enum reason judge_ip(const struct packet *p, const struct settings *s,
					    __u32 slot, __u64 bytes)
{
	struct found f = {};
	enum reason r = by_rules(p, s, slot, &f);
	if (r != PASS)
		return r;
	if (s->flags & HAVE_WANTED && !is_wanted(p, &s->wanted, &f))
		return DROP_UNWANTED;
	if (p->undecided)
		return PASS_UNDECIDED;
	__u32 look = bypassing && p->whole;
	if (s->sample <= 1 && !look)
		return PASS;
	struct flow_key key;
	int sender = normalise(p, &key);
	if (s->sample > 1 && hash_flow(&key) % s->sample)
		return DROP_SAMPLED;
	return look ? bypass(p, &key, sender, bytes) : PASS;
}

static __always_inline enum reason judge(struct packet *p, void *data, void *end,
					 const struct settings *s, __u32 slot)
{
	enum reason r = PASS_DAMAGED;
	__u64 bytes = end - data;
	__builtin_memset(p, 0, sizeof *p);
	switch (read_frame(p, data, end)) {
	case IP:
		r = judge_ip(p, s, slot, bytes);
		break;
	case NON_IP:
		r = s->flags & NO_NON_IP ? DROP_NON_IP : PASS_NON_IP;
		break;
	}
	if (r <= LAST_PASS && max_frame && bytes > max_frame)
		return DROP_TOO_LONG;
	return r;
}

static __always_inline void add(struct count *c, __u64 bytes)
{
	c->packets++;
	c->bytes += bytes;
}

SEC("xdp")
int prefilter(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 zero = 0, slot = active;
	struct settings *s = bpf_map_lookup_elem(&settings, &slot);
	struct core *core = bpf_map_lookup_elem(&cores, &zero);
	if (!s || !core)
		return XDP_PASS;
	enum reason r = judge(&core->packet, data, end, s, slot);
	if (r >= REASONS)
		return XDP_PASS;
	add(&core->counts.by_reason[r], end - data);
	if (r > LAST_PASS)
		return XDP_DROP;
	if (!redirect)
		return XDP_PASS;
	int action = bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS);
	if (action != XDP_REDIRECT)
		add(&core->counts.unclaimed, end - data);
	return action;
}
