package mobile

import "mmt/analyzer/dpi"

// elementIMSI is the type of the information element with the subscriber's
// identity, the first of the messages that have it (TS 29.060 section 7.7.2).
const elementIMSI = 2

// imsi returns the eight bytes of the identity of a control message, two digits
// a byte with the first in the lower half, nil if it has none.
func imsi(p *dpi.Packet, layer int) []byte {
	b := gtpv1(p, layer, gtpLongHeader+9)
	if b == nil || b[0]&gtpOptions == 0 || b[0]&gtpHasNext != 0 || b[1] == gtpTPDU || b[gtpLongHeader] != elementIMSI {
		return nil
	}
	return b[gtpLongHeader+1 : gtpLongHeader+9]
}

// digit returns the nth digit of an identity, 15 for filling.
func digit(identity []byte, n int) uint64 { return uint64(identity[n/2] >> (n % 2 * 4) & 15) }

// countryCode returns the first three digits of an identity.
func countryCode(identity []byte) uint64 {
	return digit(identity, 0)*100 + digit(identity, 1)*10 + digit(identity, 2)
}

// imsiCountry reads the mobile country code (MCC).
func imsiCountry(p *dpi.Packet, layer int, v *dpi.Value) bool {
	identity := imsi(p, layer)
	return identity != nil && v.SetU(dpi.U16, countryCode(identity))
}

// hasLongNetworks tells the countries whose network codes have three digits
// (ITU-T E.212 annex): North America and parts of the Caribbean.
func hasLongNetworks(country uint64) bool {
	return country == 302 || country >= 310 && country <= 316 || country == 334 || country == 338 || country == 342 ||
		country == 344 || country == 346 || country == 348 || country == 354 || country == 356 || country == 358 ||
		country == 360 || country == 365 || country == 376 || country == 732
}

// imsiNetwork reads the mobile network code (MNC).
func imsiNetwork(p *dpi.Packet, layer int, v *dpi.Value) bool {
	identity := imsi(p, layer)
	if identity == nil {
		return false
	}
	n := digit(identity, 3)*10 + digit(identity, 4)
	if hasLongNetworks(countryCode(identity)) {
		n = n*10 + digit(identity, 5)
	}
	return v.SetU(dpi.U16, n)
}
