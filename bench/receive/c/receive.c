// The loop in C that package receive compares with: the least that a program has
// to do to receive from a socket, touch the first byte of each packet, count
// packets and bytes, know when they came, and give their memory back. Frames of
// AF_XDP lie in huge pages, and the clock is looked at once a burst, as by the probe;
// AF_PACKET has the time of each packet in its header.
//
//     receive packet|xdp INTERFACE SIZE PROCESSOR
//
// SIZE is that of the ring: bytes of AF_PACKET, frames of AF_XDP. It prints the
// number of its socket. Then each line that it reads is a task, which ends with
// a line of how many packets it received, their nanoseconds of its thread's time,
// and a sum of all it saw:
//
//     drain    receive what is there
//     MILLIS   receive for so many milliseconds
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BURST 64
#define FRAME 2048
#define BLOCK (1 << 18)
#define RETIRE 10 // ms
#define HUGE ((size_t)2 << 20)

static uint64_t sum;    // of the bytes that were touched
static uint64_t bytes;  // on the wire
static int64_t latest;  // when the last packet came, ns since 1970

static int64_t now(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *fail(const char *what)
{
	perror(what);
	exit(1);
}

static void *map(int fd, size_t size, off_t where)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, where);
	return p == MAP_FAILED ? fail("mmap") : p;
}

// map_huge gets memory in huge pages, if there are any.
static void *map_huge(size_t size)
{
	char *p = mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	p += -(uintptr_t)p & (HUGE - 1);
	madvise(p, size, MADV_HUGEPAGE);
	return memset(p, 0, size);
}

static void set(int fd, int level, int option, const void *value, socklen_t size)
{
	if (setsockopt(fd, level, option, value, size) != 0)
		fail("setsockopt");
}

// ---- AF_PACKET with TPACKET_V3

static struct {
	char *mem;
	unsigned blocks, next;
} ring;

static int packet_open(unsigned index, unsigned size)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0), version = TPACKET_V3;
	struct tpacket_req3 req = {
		.tp_block_size = BLOCK, .tp_block_nr = size / BLOCK,
		.tp_frame_size = FRAME, .tp_frame_nr = size / FRAME, .tp_retire_blk_tov = RETIRE,
	};
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
	if (fd < 0)
		fail("socket");
	set(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version);
	set(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req);
	ring.mem = map(fd, size, 0);
	ring.blocks = size / BLOCK;
	if (bind(fd, (struct sockaddr *)&to, sizeof to) != 0)
		fail("bind");
	return fd;
}

// packet_receive takes a block.
static unsigned packet_receive(void)
{
	struct tpacket_block_desc *block = (void *)(ring.mem + (size_t)ring.next * BLOCK);
	struct tpacket_hdr_v1 *head = &block->hdr.bh1;
	if ((__atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0)
		return 0;
	unsigned n = head->num_pkts;
	char *at = (char *)block + head->offset_to_first_pkt;
	for (unsigned i = 0; i < n; i++) {
		struct tpacket3_hdr *h = (void *)at;
		sum += *(uint8_t *)(at + h->tp_mac);
		bytes += h->tp_len;
		latest = (int64_t)h->tp_sec * 1000000000 + h->tp_nsec;
		at += h->tp_next_offset;
	}
	__atomic_store_n(&head->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	ring.next = ring.next + 1 == ring.blocks ? 0 : ring.next + 1;
	return n;
}

// ---- AF_XDP

struct positions {
	uint32_t *producer, *consumer;
	void *entries;
};

static struct {
	struct positions rx, fill;
	uint32_t mask;
	uint8_t *frames;
} xdp;

static struct positions xdp_map(int fd, off_t where, const struct xdp_ring_offset *o, size_t bytes)
{
	char *p = map(fd, o->desc + bytes, where);
	return (struct positions){(uint32_t *)(p + o->producer), (uint32_t *)(p + o->consumer), p + o->desc};
}

static int xdp_open(unsigned index, unsigned count)
{
	int fd = socket(AF_XDP, SOCK_RAW, 0), least = 2;
	if (fd < 0)
		fail("socket");
	xdp.frames = map_huge((size_t)count * FRAME);
	xdp.mask = count - 1;
	struct xdp_umem_reg reg = {.addr = (uintptr_t)xdp.frames, .len = (uint64_t)count * FRAME, .chunk_size = FRAME};
	struct xdp_mmap_offsets off;
	socklen_t size = sizeof off;
	set(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof reg);
	set(fd, SOL_XDP, XDP_UMEM_FILL_RING, &count, sizeof count);
	set(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &least, sizeof least);
	set(fd, SOL_XDP, XDP_RX_RING, &count, sizeof count);
	if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &size) != 0)
		fail("getsockopt");
	xdp.fill = xdp_map(fd, XDP_UMEM_PGOFF_FILL_RING, &off.fr, count * sizeof(uint64_t));
	xdp.rx = xdp_map(fd, XDP_PGOFF_RX_RING, &off.rx, count * sizeof(struct xdp_desc));
	for (uint32_t i = 0; i < count; i++)
		((uint64_t *)xdp.fill.entries)[i] = (uint64_t)i * FRAME;
	__atomic_store_n(xdp.fill.producer, count, __ATOMIC_RELEASE);
	struct sockaddr_xdp to = {.sxdp_family = AF_XDP, .sxdp_flags = XDP_USE_NEED_WAKEUP | XDP_COPY, .sxdp_ifindex = index};
	if (bind(fd, (struct sockaddr *)&to, sizeof to) != 0)
		fail("bind");
	return fd;
}

// xdp_receive takes a burst.
static unsigned xdp_receive(void)
{
	uint32_t from = *xdp.rx.consumer, to = *xdp.fill.producer;
	uint32_t n = __atomic_load_n(xdp.rx.producer, __ATOMIC_ACQUIRE) - from;
	if (n == 0)
		return 0;
	if (n > BURST)
		n = BURST;
	latest = now(CLOCK_REALTIME);
	for (uint32_t i = 0; i < n; i++) {
		const struct xdp_desc *d = (struct xdp_desc *)xdp.rx.entries + ((from + i) & xdp.mask);
		sum += xdp.frames[d->addr];
		bytes += d->len;
		((uint64_t *)xdp.fill.entries)[(to + i) & xdp.mask] = d->addr & ~(uint64_t)(FRAME - 1);
	}
	__atomic_store_n(xdp.rx.consumer, from + n, __ATOMIC_RELEASE);
	__atomic_store_n(xdp.fill.producer, to + n, __ATOMIC_RELEASE);
	return n;
}

// ---- tasks

static uint64_t drain(unsigned (*receive)(void))
{
	uint64_t got = 0;
	for (unsigned n; (n = receive()) > 0;)
		got += n;
	return got;
}

static uint64_t run(unsigned (*receive)(void), int64_t ms)
{
	uint64_t got = 0;
	for (int64_t end = now(CLOCK_MONOTONIC) + ms * 1000000; now(CLOCK_MONOTONIC) < end;)
		for (int i = 0; i < BURST; i++)
			got += receive();
	return got;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	int with_xdp = strcmp(argv[1], "xdp") == 0;
	unsigned index = if_nametoindex(argv[2]), size = atoi(argv[3]);
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(atoi(argv[4]), &one);
	if (sched_setaffinity(0, sizeof one, &one) != 0)
		fail("sched_setaffinity");
	unsigned (*receive)(void) = with_xdp ? xdp_receive : packet_receive;
	char line[32];
	printf("%d\n", with_xdp ? xdp_open(index, size) : packet_open(index, size));
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL) {
		int64_t start = now(CLOCK_THREAD_CPUTIME_ID);
		uint64_t got = line[0] == 'd' ? drain(receive) : run(receive, atoi(line));
		printf("%lu %lu %lu\n", got, now(CLOCK_THREAD_CPUTIME_ID) - start, sum + bytes + latest);
		fflush(stdout);
	}
	return 0;
}
