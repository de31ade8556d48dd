//go:build dpdk && cgo && linux

#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>

#include "shim.h"

// A key of period 16 bits: exchanging source and destination does not change
// the Toeplitz hash (Woo and Park, "Scalable TCP Session Monitoring with
// Symmetric Receive-side Scaling", 2012).
static uint8_t rss_key[64];

// Header fields that the hash may look at, with and without port numbers.
#define BY_HOSTS (RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_OTHER | \
	RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER | RTE_ETH_RSS_IPV6_EX)
#define BY_FLOWS (BY_HOSTS | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP)

static int fail(char *error, const char *what, int code)
{
	snprintf(error, MMT_ERROR, "%s: %s", what, rte_strerror(code < 0 ? -code : code));
	return -1;
}

// choose_rss fills in what the driver can of the hash. Hashing by addresses
// needs a driver that knows types for whole IP packets; others (X710) know only
// TCP, UDP and the rest, each for itself.
static void choose_rss(const struct rte_eth_dev_info *info, const struct mmt_port_options *o,
	struct rte_eth_conf *conf, struct mmt_port *p)
{
	uint64_t can = info->flow_type_rss_offloads;
	uint64_t whole = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6;
	p->by_hosts = !o->by_flows && (can & whole) == whole;
	p->rss = can & (p->by_hosts ? BY_HOSTS : BY_FLOWS);
	if (o->queues < 2 || p->rss == 0) {
		p->rss = 0;
		return;
	}
	for (size_t i = 0; i < sizeof rss_key; i += 2) {
		rss_key[i] = 0x6d;
		rss_key[i + 1] = 0x5a;
	}
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf.rss_hf = p->rss;
	if (info->hash_key_size > 0 && info->hash_key_size <= sizeof rss_key) {
		conf->rx_adv_conf.rss_conf.rss_key = rss_key;
		conf->rx_adv_conf.rss_conf.rss_key_len = info->hash_key_size;
	}
}

static int check_queues(const struct rte_eth_dev_info *info, const struct mmt_port_options *o, char *error)
{
	unsigned most = RTE_MIN(info->max_rx_queues, info->max_tx_queues);
	if (o->queues <= most)
		return 0;
	snprintf(error, MMT_ERROR, "%u queues are asked for, it has %u (use fewer)", o->queues, most);
	return -1;
}

// mmt_port_open configures a port. It has as many transmit queues as receive
// queues, though nothing is sent, because net_af_xdp wants pairs.
int mmt_port_open(uint16_t id, const struct mmt_port_options *o, struct mmt_port *p, char *error)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};
	int rc = rte_eth_dev_info_get(id, &info);
	if (rc != 0)
		return fail(error, "its properties cannot be read", rc);
	if (check_queues(&info, o, error) != 0)
		return -1;
	snprintf(p->driver, sizeof p->driver, "%s", info.driver_name ? info.driver_name : "?");
	p->socket = rte_eth_dev_socket_id(id);
	p->micros = strcmp(p->driver, "net_pcap") == 0;
	choose_rss(&info, o, &conf, p);
	uint64_t ticks;
	p->stamps = o->nic_time && (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0 && rte_eth_read_clock(id, &ticks) != -ENOTSUP;
	if (p->stamps)
		conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_TIMESTAMP;
	conf.rxmode.offloads |= info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
	conf.rxmode.mtu = o->mtu;
	rc = rte_eth_dev_configure(id, o->queues, o->queues, &conf);
	if (rc != 0)
		return fail(error, o->mtu == 0 ? "it cannot be configured" : "it cannot be configured with this MTU", rc);
	uint16_t sent = 512;
	p->descriptors = o->descriptors;
	rc = rte_eth_dev_adjust_nb_rx_tx_desc(id, &p->descriptors, &sent);
	if (rc != 0)
		return fail(error, "it does not take this number of descriptors", rc);
	for (uint16_t i = 0; i < o->queues; i++)
		if ((rc = rte_eth_tx_queue_setup(id, i, sent, p->socket, NULL)) != 0)
			return fail(error, "its transmit queues cannot be set up", rc);
	return 0;
}

// mmt_port_queue gives one receive queue of a port its buffers.
int mmt_port_queue(uint16_t id, struct mmt_port *p, struct mmt_queue *q, char *error)
{
	int rc = rte_eth_rx_queue_setup(id, q->queue, p->descriptors, p->socket, NULL, q->small.mp);
	return rc == 0 ? 0 : fail(error, "a receive queue cannot be set up", rc);
}

int mmt_port_start(uint16_t id, const struct mmt_port_options *o, char *error)
{
	int rc = rte_eth_dev_start(id);
	if (rc != 0)
		return fail(error, "it cannot be started", rc);
	if (o->promiscuous && (rc = rte_eth_promiscuous_enable(id)) != 0 && rc != -ENOTSUP)
		return fail(error, "it cannot be made promiscuous", rc);
	rte_eth_stats_reset(id); // where it cannot, the caller knows the values of now
	return 0;
}

// mmt_port_close stops a port and lets go of it: net_af_xdp removes its program
// only then.
void mmt_port_close(uint16_t id)
{
	rte_eth_dev_stop(id);
	rte_eth_dev_close(id);
}

int mmt_port_counters(uint16_t id, struct mmt_port_counters *c)
{
	struct rte_eth_stats s;
	int rc = rte_eth_stats_get(id, &s);
	if (rc != 0)
		return rc;
	*c = (struct mmt_port_counters){s.ipackets, s.ibytes, s.imissed, s.ierrors, s.rx_nombuf};
	return 0;
}

int mmt_port_link(uint16_t id, struct mmt_link *l)
{
	struct rte_eth_link link = {0};
	int rc = rte_eth_link_get_nowait(id, &link);
	l->up = link.link_status == RTE_ETH_LINK_UP;
	l->mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
	return rc;
}
