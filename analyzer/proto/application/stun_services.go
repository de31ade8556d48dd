package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// stunApp returns the call service that an attribute tells, Unknown if none.
func stunApp(kind int, value []byte) dpi.ProtocolID {
	switch {
	case kind == stunRealm:
		return stunRealmApp(value)
	case kind >= 0x4000 && kind <= 0x4007: // not assigned: observed in calls of WhatsApp
		return id.WhatsappCall
	case kind == 0x0101 && len(value) == 20, kind == 0x0103: // observed in calls of Zoom
		return id.Zoom
	case isMSAttribute(kind):
		return id.SkypeTeamsCall
	case kind >= 0xff03 && kind <= 0xff05: // observed at Google's relays
		return googleCall
	case kind == 0xc003: // CISCO-WEBEX-FLOW-INFO
		return id.Webex
	}
	return dpi.Unknown
}

// isMSAttribute tells the attributes of Microsoft's extensions: MS-TURN section
// 2.2.2, MS-TURNBWM section 2.2, MS-ICE2 section 2.2 and MS-ICE2BWN section 2.2.
func isMSAttribute(kind int) bool {
	switch kind {
	case 0x8008, 0x8032, 0x8050, 0x8054, 0x8055, 0x8056, 0x8057, 0x8058, 0x8059, 0x805a, 0x805b, 0x805c,
		0x8061, 0x8062, 0x8070, 0x8090, 0x8095:
		return true
	}
	return false
}

// stunRealmApp returns the service that asks for credentials in its own name.
func stunRealmApp(realm []byte) dpi.ProtocolID {
	switch {
	case hasSuffixFold(realm, "telegram.org"):
		return id.TelegramVoip
	case hasSuffixFold(realm, "signal.org"), hasSuffixFold(realm, "whispersystems.org"):
		return id.SignalVoip
	case containsFold(realm, "facebook"), hasSuffixFold(realm, "fbsbx.com"):
		return id.FacebookVoip
	case hasSuffixFold(realm, "whatsapp.net"), hasSuffixFold(realm, "whatsapp.com"):
		return id.WhatsappCall
	case hasSuffixFold(realm, ".google.com"), hasSuffixFold(realm, "turns.goog"):
		return googleCall
	case hasSuffixFold(realm, "viber.com"):
		return id.Viber
	case hasSuffixFold(realm, "zoom.us"):
		return id.Zoom
	case hasSuffixFold(realm, "rtcmedia"): // of Microsoft's relays
		return id.SkypeTeamsCall
	}
	return dpi.Unknown
}

// stunBlock is a block of addresses that a service has for media only.
type stunBlock struct {
	prefix [16]byte
	bits   int
	app    dpi.ProtocolID
}

// stunBlocks are the blocks that services publish for those who let calls pass
// their firewalls: Google ("Prepare your network for Meet meetings"), Microsoft
// ("Office 365 URLs and IP address ranges", Teams, UDP 3478 to 3481), Telegram
// (core.telegram.org/resources/cidr.txt).
var stunBlocks = []stunBlock{
	block4(74, 125, 250, 0, 24, googleCall),
	block4(142, 250, 82, 0, 24, googleCall),
	block6([8]byte{0x20, 0x01, 0x48, 0x60, 0x48, 0x64, 0x00, 0x05}, 64, googleCall),
	block6([8]byte{0x20, 0x01, 0x48, 0x60, 0x48, 0x64, 0x00, 0x06}, 64, googleCall),
	block4(52, 112, 0, 0, 14, id.SkypeTeamsCall),
	block4(52, 122, 0, 0, 15, id.SkypeTeamsCall),
	block4(91, 108, 4, 0, 22, id.TelegramVoip),
	block4(91, 108, 8, 0, 21, id.TelegramVoip),
	block4(91, 108, 16, 0, 21, id.TelegramVoip),
	block4(91, 108, 56, 0, 22, id.TelegramVoip),
	block4(149, 154, 160, 0, 20, id.TelegramVoip),
	block6([8]byte{0x20, 0x01, 0x0b, 0x28, 0xf2, 0x3c}, 46, id.TelegramVoip),
	block6([8]byte{0x20, 0x01, 0x06, 0x7c, 0x04, 0xe8}, 48, id.TelegramVoip),
}

func block4(a, b, c, d byte, bits int, app dpi.ProtocolID) stunBlock {
	return stunBlock{ip4End([]byte{a, b, c, d}), 96 + bits, app}
}

func block6(prefix [8]byte, bits int, app dpi.ProtocolID) stunBlock {
	b := stunBlock{bits: bits, app: app}
	copy(b.prefix[:], prefix[:])
	return b
}

// has tells whether addr is in the block.
func (b *stunBlock) has(addr *[16]byte) bool {
	whole := b.bits / 8
	if string(addr[:whole]) != string(b.prefix[:whole]) {
		return false
	}
	rest := b.bits % 8
	return rest == 0 || (addr[whole]^b.prefix[whole])>>(8-rest) == 0
}

// stunServer returns the service whose media server is at addr, Unknown if none
// is.
func stunServer(addr *[16]byte) dpi.ProtocolID {
	for i := range stunBlocks {
		if stunBlocks[i].has(addr) {
			return stunBlocks[i].app
		}
	}
	return dpi.Unknown
}
