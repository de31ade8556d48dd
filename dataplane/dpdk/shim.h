// What Go and C share: one queue of each port as one source of packets.
#ifndef MMT_SHIM_H
#define MMT_SHIM_H

#include <stddef.h>
#include <stdint.h>

#include "clock.h"

#define MMT_BURST 64     // dataplane.BurstSize
#define MMT_MAX_PORTS 16 // of one device
#define MMT_ERROR 512    // bytes of an error text

struct rte_mbuf;
struct rte_mempool;
struct mmt_host;

// A packet as Go sees it: dataplane.Packet, whose first field is a slice.
struct mmt_packet {
	void *data;
	intptr_t len, cap;
	int64_t time;
	uint32_t wire;
	uint16_t link;
	uint16_t port;
};

// Packets of one burst. They are handed out together, and freed together when
// the last of them was given back.
struct mmt_lot {
	uint64_t out;         // a bit for each that was not given back; atomic
	struct mmt_lot *next; // in the list of those given back, or of free ones
	uint32_t n;
	uint32_t number; // of the queue's lots
	int plain;       // all are single buffers of the small pool
	uintptr_t data[MMT_BURST]; // where the packets begin
	struct rte_mbuf *mbufs[MMT_BURST];
};

// A cell of memory is so small that in no two packets of a pool begin there, as
// none begins in the last bytes of its buffer.
#define MMT_CELL_SHIFT 10

// Buffers of one size, and where the packet that begins in each cell of their
// memory is: the number of its lot * MMT_BURST + its place there.
struct mmt_pool {
	struct rte_mempool *mp;
	uintptr_t base;
	size_t cells;
	uint32_t *places;
	uint32_t room; // bytes of a packet
};

struct mmt_queue_port {
	uint16_t id;
	uint16_t index; // of the device's ports
	struct mmt_clock clock;
};

struct mmt_queue {
	struct mmt_lot *returned;     // atomic: any thread puts lots here
	uint64_t dropped;             // taken, but there was no buffer to copy them to; atomic
	uint64_t copied;              // not handed out where they lay; atomic
	char apart[64];               // the fields above are also for other threads

	struct mmt_lot *lots, *free, *last; // all; that can be used; of the last burst
	uint32_t lot_count;
	uint64_t bytes; // on the wire, of the packets of the last burst
	struct mmt_pool small, large; // large.mp is NULL if small is large enough
	uint32_t snap;
	uint16_t queue;
	uint16_t ports, next;
	int stamp;           // offset of the timestamp in an mbuf, -1: none
	uint64_t stamp_flag; // says that it is set
	struct mmt_host *host;
	int64_t latest; // time of the last packet by the computer's clock
	struct mmt_queue_port port[MMT_MAX_PORTS];
	struct mmt_packet packets[MMT_BURST];
};

struct mmt_queue_options {
	unsigned mbufs;
	uint32_t snap;
	uint16_t queue;
	int socket;
};

struct mmt_port_options {
	uint16_t queues;
	uint16_t descriptors;
	uint32_t mtu; // 0: as it is
	int promiscuous;
	int by_flows;
	int nic_time;
};

// What became of the options, and what the port is.
struct mmt_port {
	char name[64], driver[64];
	int socket;
	uint16_t descriptors;
	uint64_t rss;  // RTE_ETH_RSS_ bits in use
	int by_hosts;  // rss looks at addresses only
	int stamps;    // the NIC gives timestamps
	int micros;    // the driver gives microseconds since 1970
};

struct mmt_port_counters {
	uint64_t packets, bytes, missed, errors, no_buffer;
};

struct mmt_link {
	int up;
	uint32_t mbps; // 0: unknown
};

// eal.c
int mmt_eal_init(int argc, char **argv, char **log);

// port.c
int mmt_port_open(uint16_t id, const struct mmt_port_options *o, struct mmt_port *p, char *error);
int mmt_port_queue(uint16_t id, struct mmt_port *p, struct mmt_queue *q, char *error);
int mmt_port_start(uint16_t id, const struct mmt_port_options *o, char *error);
void mmt_port_close(uint16_t id);
int mmt_port_counters(uint16_t id, struct mmt_port_counters *c);
int mmt_port_link(uint16_t id, struct mmt_link *l);

// queue.c
struct mmt_queue *mmt_queue_new(const struct mmt_queue_options *o, char *error);
int mmt_queue_add(struct mmt_queue *q, uint16_t id, uint16_t index, const struct mmt_port *p);
void mmt_queue_free(struct mmt_queue *q);
unsigned mmt_receive(uintptr_t queue);
void mmt_leave_out(struct mmt_queue *q, uint64_t which);

#endif
