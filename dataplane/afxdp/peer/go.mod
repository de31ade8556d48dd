module mmt/dataplane/afxdp/peer

go 1.26.0

replace mmt => ../../..

require (
	github.com/asavie/xdp v0.3.3
	github.com/cilium/ebpf v0.22.0
	mmt v0.0.0
)

require (
	github.com/vishvananda/netlink v1.1.0 // indirect
	github.com/vishvananda/netns v0.0.0-20191106174202-0a2b9b5464df // indirect
	golang.org/x/sys v0.49.0 // indirect
)
