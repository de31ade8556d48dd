package filter

import (
	"strings"
	"testing"

	"mmt/dataplane"
)

// sameAsLibpcap are expressions that must give the same answer as libpcap on
// every packet, or be refused by both, on every link type.
const sameAsLibpcap = `
ip
ip6
arp
rarp
tcp
udp
sctp
icmp
icmp6
igmp
igrp
pim
vrrp
carp
ah
esp
decnet
lat
sca
moprc
mopdl
host 1.2.3.4
src host 1.2.3.4
dst host 1.2.3.4
src 1.2.3.4
dst 10.1.2.3
src or dst 1.2.3.4
src and dst 1.2.3.4
dst and src host 10.1.2.3
ip host 1.2.3.4
arp host 1.2.3.4
rarp src host 1.2.3.4
host 10
host 10.1
host 10.1.2
not host 1.2.3.4
host 1.2.3.4 or 10.1.2.3
host (1.2.3.4 or 10.1.2.3)
not (host 1.2.3.4 or 10.1.2.3)
net 10
net 10.1
net 10.1.2
net 10.1.2.3
net 0
net 192.168.0.0/16
net 10.0/16
net 0.0.0.0/0
src net 10.0.0.0/8
dst net 10.0.0.0 mask 255.0.0.0
net 10.1.0.0 mask 255.255.0.0
net 1.0.3.0 mask 255.0.255.0
arp net 10
src net 10 or 192.168
src and dst net 10
ip6 host ::1
host ::2
src host 2001:db8:7f00::1
dst host fe80::1
net 2001:db8::/32
net 2001:db8::/33
net 2001:db8:8000::/33
src net fe80::/10
ip6 net ff00::/8
net ::/0
ip6 host ::1 or ::2
port 80
port 0x50
port 0120
src port 53
dst port 443
src and dst port 80
src or dst port 5
tcp port 80
udp port 53
sctp port 80
tcp src port 443
udp dst port 53
tcp port 80 or 443
tcp port (80 or 443)
tcp port 80 or (443 or 22)
tcp port 80 and not 443
not port 80
not tcp port 80
port http
port domain
udp port domain
tcp port https
tcp dst port ssh or http
port tftp
portrange 6000-6005
tcp portrange 1-1023
src portrange 1-100
dst portrange 100-1
udp portrange 53
portrange ftp-ssh
tcp or udp
tcp and udp
tcp or udp and port 53
udp and port 53 or tcp and port 80
tcp and not port 80 and not port 443
(tcp or udp) and (port 53 or port 80)
not (tcp or udp)
not not tcp
!tcp
! ip && ! ip6
ip||arp
tcp and (src host 1.2.3.4 or dst net 10) and not port 22
ip proto 6
ip proto \tcp
ip proto 17 or 47
ip proto gre
ip proto \icmp
ip6 proto 6
ip6 proto \udp
ip6 proto ipv6-icmp
ip6 proto 44
proto 6
proto \sctp
proto 47
ip protochain 6
ip protochain \udp
ether proto 0x0800
ether proto \arp
ether proto \ip6
ether proto loopback
ether proto 0x88cc
ether proto 2048 or 2054
link proto 0x800
less 100
greater 100
len > 60
len >= 60 and len <= 100
len != 60
len = 60 or len == 61
len < 80
60 > len
tcp[13] & 2 != 0
tcp[tcpflags] & tcp-syn != 0
tcp[tcpflags] & (tcp-syn|tcp-ack) == (tcp-syn|tcp-ack)
tcp[tcpflags] = tcp-syn
tcp[0:2] = 80
tcp[2:2] > 1023
tcp[12] >> 4 > 5
tcp[12] & 0xf0 > 0x50
not tcp[13] = 2
tcp[13] != 2
tcp and ip[6:2] & 0x1fff = 0 and (ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2) != 0
tcp[(tcp[12] & 0xf0) >> 2] = 0
udp[4:2] > 100
udp[4:2] <= 100
sctp[0:2] = 80
igmp[0] = 0
pim[0] = 0
vrrp[0] = 0
icmp[icmptype] = icmp-echo
icmp[icmptype] = icmp-echo or icmp[icmptype] = icmp-echoreply
icmp[icmpcode] = 3
icmp6[icmp6type] = icmp6-echo
icmp6[0] = 129 and ip6
ip[8] < 5
ip[8] >= 64
ip[0] & 0xf != 5
ip[6:2] & 0x1fff = 0
ip[6] & 0x20 != 0
ip[12:4] = 0x01020304
ip[16] >= 224
ip6[6] = 6
ip6[8:4] & 0xffff0000 = 0x20010000
arp[6:2] = 1
arp[6:2] = 2 or arp
rarp[7] = 1
ip[ip[0] & 0xf * 4] = 0
ip[2:2] - 20 > 5
ip[2:2] / 2 > 30
ip[2:2] * 2 = 80
(ip[2:2] % 3) = 0
(ip[1] ^ 5) = 5
ip[2:2] | 1 = 41
ip[2:2] & 7 | 8 > 9
ip[2:2] | 7 & 3 = 43
ip[2:2] + 5 - 3 - 1 = 41
ip[2:2] << 1 + 2 > 300
ip and 1 << ip[8] = 16
ip and 256 >> ip[8] > 100
ip and 100 / ip[1] > 0
ip and 100 / ip[8] > 1
ip[-4:4] = 5
ip[1000] = 0
ip[0xfffffff0 + ip[0]] = 0
tcp[-1] = 5
- ip[8] > 5
ether[0] & 1 = 1
ether[12:2] = 0x800
link[0] = 0
ether[0:4] = 0x01020304
len - 14 = ip[2:2]
1 = 1
1 = 2
ip multicast
ip6 multicast
ip broadcast
not ip multicast
`

// onEthernet are expressions that the other link types refuse, or where this
// package knows more of them than libpcap does.
const onEthernet = `
atalk
aarp
ether host 1:2:3:4:5:6
ether src 01:02:03:04:05:06
ether dst 00-11-22-33-44-55
ether dst host 0011.2233.4455
ether host 001122334455
ether src and dst 1:2:3:4:5:6
not ether host 1:2:3:4:5:6
ether src 1:2:3:4:5:6 or 0:11:22:33:44:55
wlan host 1:2:3:4:5:6
ether broadcast
broadcast
ether multicast
multicast
not broadcast and not multicast
vlan
vlan 5
vlan 6 and ip
vlan and vlan
vlan and vlan 5 and tcp port 80
vlan 5 or vlan 6
vlan or ip
not vlan and ip
ip or vlan and ip
vlan and host 1.2.3.4
vlan and ip6
vlan and tcp[13] = 2
vlan and ether host 1:2:3:4:5:6
vlan and ether proto \ip
vlan and mpls and ip
vlan and pppoes and ip
mpls
mpls 5
mpls and ip
mpls and mpls 7 and ip6
mpls and host 1.2.3.4
mpls and tcp port 80
mpls 5 and mpls 5 or mpls
mpls and ether host 1:2:3:4:5:6
mpls and ip[8] = 64
pppoed
pppoes
pppoes 7
pppoes 7 and ip
pppoes and ip6
pppoes and tcp port 80
pppoes and tcp[13] = 2
pppoes and ip6 host ::1
pppoes and ether proto 0x57
iso
esis
clnp
isis
iso proto \esis
iso proto 5
stp
ipx
netbeui
ether proto \stp
ether proto \iso
ether proto 100
ether proto \aarp
ether proto 1500
ether proto 1501
vlan and stp
`

const onSLL = `
atalk
aarp
inbound
outbound
outbound and tcp
stp
iso
ipx
pppoes and ip
`

const onSLL2 = `
inbound
outbound
ifindex 5
ifindex 5 and outbound or tcp
pppoes and ip
`

// bothRefuse are expressions that neither libpcap nor this package accepts.
const bothRefuse = `
1.2.3.4
ip 1.2.3.4
80
(80)
ip or 1.2.3.4
len > 5 or 3
tcp port (80 or ip)
tcp port 80 and (udp or 443)
host
host and
port 65536
port 08
port nosuchservice
host 1.2.3.400
host 1.2.3.4.5
net 10.1.2.3/8
net 10.0/33
net fe80::1/10
net ::1/129
net 10.0.0.1 mask 255.0.0.0
host 10.0.0.0/8
ip host ::1
ip6 host 1.2.3.4
tcp host 1.2.3.4
ip port 80
icmp port 80
tcp proto 6
arp proto 6
src proto 6
proto tcp
ip proto tcp6
ether proto foo
vlan 4096
mpls 1048576
pppoes 65536
ip[0:3] = 1
ip[0:8] = 1
ip[0]
ip[0
ip = 5
len
len 5
len / 0 > 1
len % 0 > 1
len << 32 > 0
less
greater ip
ip and
and ip
()
(ip
ip)
ip tcp
src tcp port 80
src or 1.2.3.4
not
portrange 1-70000
portrange a-b
portrange -
ether dst 1.2.3.4
ether dst 1:2:3:4:5
ether net 1:2:3:4:5:6
ether port 5
ether host foo
host 1:2:3:4:5:6
ah[0] = 1
stp[0] = 1
ip6 broadcast
tcp multicast
gateway 1.2.3.4
inbound
ifindex 5
mpls and arp
mpls and vlan
pppoes and vlan
pppoes and ether host 1:2:3:4:5:6
ether
ip {
\
`

func lines(s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

func TestSameAnswersAsLibpcap(t *testing.T) {
	d := newTcpdump(t)
	links := []struct {
		link  dataplane.LinkType
		more  string // expressions for this link type only
		every int    // takes every n-th of the common expressions
	}{
		{dataplane.LinkEthernet, onEthernet, 1}, {dataplane.LinkSLL, onSLL, 2}, {dataplane.LinkSLL2, onSLL2, 2},
		{dataplane.LinkRaw, "", 2}, {dataplane.LinkNull, "", 3}, {dataplane.LinkLoop, "", 4}, {dataplane.LinkPPP, "", 3},
		{dataplane.LinkIPv4, "", 5}, {dataplane.LinkIPv6, "", 5}, {dataplane.LinkPPPoE, "", 5}, {dataplane.LinkCHDLC, "", 5},
	}
	for i, l := range links {
		m := newMaker()
		packets := make([][]byte, 2000)
		for i := range packets {
			packets[i] = m.packet(l.link)
		}
		for j, expr := range lines(sameAsLibpcap) {
			if (i+j)%l.every == 0 {
				compareOne(t, d, l.link, expr, packets)
			}
		}
		for _, expr := range lines(l.more) {
			compareOne(t, d, l.link, expr, packets)
		}
	}
}

func TestLibpcapRefusesTheSame(t *testing.T) {
	d := newTcpdump(t)
	for _, expr := range lines(bothRefuse) {
		if _, ok := d.compile(t, dataplane.LinkEthernet, expr); ok {
			t.Errorf("%q: libpcap accepts it", expr)
		}
		if _, err := Compile(expr, dataplane.LinkEthernet); err == nil {
			t.Errorf("%q: no error", expr)
		}
	}
}

// compareOne runs one expression through both. libpcap's optimizer drops and
// reorders loads, which changes the answer for packets that are cut inside a
// header: there, the answer with or without the optimizer will do.
func compareOne(t *testing.T, d *tcpdump, link dataplane.LinkType, expr string, packets [][]byte) {
	t.Helper()
	want, ok := d.compile(t, link, expr, "-O")
	prog, err := Compile(expr, link)
	if (err == nil) != ok {
		t.Errorf("link %d: %q: error %v, libpcap accepts: %v", link, expr, err, ok)
		return
	}
	if err != nil {
		return
	}
	var optimized []bpfInstr
	matched, differ := 0, 0
	for _, p := range packets {
		wireLen := uint32(len(p))
		w, got := runBPF(want, p, wireLen), prog.Match(p, wireLen)
		if w {
			matched++
		}
		if w == got {
			continue
		}
		if optimized == nil {
			optimized, _ = d.compile(t, link, expr)
		}
		if got != runBPF(optimized, p, wireLen) {
			if differ++; differ == 1 {
				t.Errorf("link %d: %q: got %v, libpcap %v on % x", link, expr, got, w, p)
			}
		}
	}
	if differ > 0 {
		t.Errorf("link %d: %q: %d of %d packets differ", link, expr, differ, len(packets))
	}
	t.Logf("link %d: %-40s matched %d", link, expr, matched)
}
