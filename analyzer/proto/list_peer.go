package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
)

// peerList holds the protocols of peer-to-peer, private networks, messengers and games.
func peerList() []dpi.Protocol {
	return slices.Concat(sharingList(), coinList())
}

// sharingList holds the networks that share files and streams among peers.
func sharingList() []dpi.Protocol {
	return []dpi.Protocol{
		application.BitTorrent, application.Gnutella, application.EDonkey, application.DirectConnect, application.FastTrack,
		application.Soulseek, application.AppleJuice, application.Ares, application.StealthNet, application.Pando,
		application.Kontiki, application.PPLive, application.PPStream, application.SopCast, application.TVAnts,
		application.Thunder, application.Socrates, application.Syncthing, application.IPFS, application.Freenet,
		application.I2P,
	}
}

// coinList holds the networks of digital money.
func coinList() []dpi.Protocol {
	return []dpi.Protocol{
		application.Bitcoin, application.Litecoin, application.Bitmessage, application.Monero, application.Ethereum,
		application.Nano, application.Mining,
	}
}
