package rulecomp

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
	"mmt/suggest"
)

// word checks a leaf: a string, a number, an address, true, false, an attribute.
func (c *checker) word(s *syntax) (value, error) {
	if s.quoted {
		x := &rule.Expr{Op: rule.Text, Kind: rule.Bytes, Bytes: []byte(s.word)}
		return value{x: x, pos: s.pos, word: s.word, quoted: true}, nil
	}
	if n, ok := parseNumber(s.word); ok {
		return constant(s.pos, n), nil
	}
	if b, typ := parseAddress(s.word); typ != dpi.Undefined {
		x := &rule.Expr{Op: rule.Text, Kind: rule.Bytes, Bytes: b}
		return value{x: x, pos: s.pos, word: s.word, typ: typ}, nil
	}
	switch {
	case strings.EqualFold(s.word, "true"):
		return constant(s.pos, 1), nil
	case strings.EqualFold(s.word, "false"):
		return constant(s.pos, 0), nil
	case s.word == "NULL":
		return value{}, errorAt(s.pos, "NULL is no word of expressions (write 0)")
	case strings.Contains(s.word, ":"):
		return value{}, errorAt(s.pos, "%q is no address", s.word)
	case strings.Contains(s.word, "."):
		return c.attribute(s)
	}
	return value{}, errorAt(s.pos, "%q is neither an attribute nor a number (an attribute is protocol.attribute, a string is in quotes '%s')", s.word, s.word)
}

// parseNumber reads a decimal number or a hexadecimal one that starts with 0x.
func parseNumber(word string) (float64, bool) {
	if len(word) > 2 && (word[:2] == "0x" || word[:2] == "0X") {
		n, err := strconv.ParseUint(word[2:], 16, 64)
		return float64(n), err == nil
	}
	if strings.Trim(word, "0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(word, 64)
	return n, err == nil
}

// parseAddress reads an address of any kind; the type is Undefined if it is none.
func parseAddress(word string) ([]byte, dpi.DataType) {
	if strings.IndexByte(word, ':') < 0 && strings.Trim(word, "0123456789.") != "" {
		return nil, dpi.Undefined
	}
	for _, typ := range []dpi.DataType{dpi.MACAddr, dpi.IP4Addr, dpi.IP6Addr} {
		if b := addressOf(word, typ); b != nil {
			return b, typ
		}
	}
	return nil, dpi.Undefined
}

// addressOf reads an address of the given type, nil if the word is none.
func addressOf(word string, typ dpi.DataType) []byte {
	if typ == dpi.MACAddr {
		if b, err := net.ParseMAC(word); err == nil && len(b) == 6 && strings.Contains(word, ":") {
			return b
		}
		return nil
	}
	if strings.IndexByte(word, ':') < 0 && strings.Count(word, ".") != 3 {
		return nil
	}
	a, err := netip.ParseAddr(word)
	if err != nil || a.Zone() != "" || a.Is4() != (typ == dpi.IP4Addr) {
		return nil
	}
	return a.AsSlice()
}

// addressNames are the types of addresses with examples.
var addressNames = map[dpi.DataType][2]string{
	dpi.MACAddr: {"a MAC address", "00:11:22:33:44:55"},
	dpi.IP4Addr: {"an IPv4 address", "192.0.2.1"},
	dpi.IP6Addr: {"an IPv6 address", "2001:db8::1"},
}

// matchTypes sees that two operands that are no numbers can be equal. A string
// in quotes becomes an address if the other one is.
func matchTypes(a, b *value) error {
	if err := asAddress(a, b.typ); err != nil {
		return err
	}
	if err := asAddress(b, a.typ); err != nil {
		return err
	}
	if a.typ == b.typ || a.x.Op == rule.Call || b.x.Op == rule.Call {
		return nil
	}
	if isAddress(a.typ) || isAddress(b.typ) {
		return errorAt(b.pos, "%s is compared with %s, which is of another type", a.name(), b.name())
	}
	return nil
}

func isAddress(t dpi.DataType) bool {
	return t == dpi.MACAddr || t == dpi.IP4Addr || t == dpi.IP6Addr
}

// asAddress turns a string in quotes into an address of the type; the empty
// string stays what it is.
func asAddress(v *value, typ dpi.DataType) error {
	if !v.quoted || !isAddress(typ) {
		return nil
	}
	v.typ = typ
	if len(v.x.Bytes) == 0 {
		return nil
	}
	b := addressOf(string(v.x.Bytes), typ)
	if b == nil {
		name := addressNames[typ]
		return errorAt(v.pos, "%s is no %s (such as '%s')", v.name(), strings.TrimPrefix(strings.TrimPrefix(name[0], "an "), "a "), name[1])
	}
	v.x.Bytes = b
	return nil
}

// reference is an attribute as expressions write it: proto.att, proto.att.N for
// that of event N, proto.K.att for that of the Kth layer, or both.
type reference struct {
	event int
	attr  rule.Attribute
}

// splitReference takes a word apart. ok is false if it is none of these.
func splitReference(word string) (protocol, attribute string, layer, event int, ok bool) {
	parts := strings.Split(word, ".")
	if n, isNumber := ordinal(parts[len(parts)-1]); isNumber && len(parts) > 2 {
		event, parts = n, parts[:len(parts)-1]
	}
	if len(parts) == 3 {
		if layer, ok = ordinal(parts[1]); !ok {
			return "", "", 0, 0, false
		}
		parts = []string{parts[0], parts[2]}
	}
	if len(parts) != 2 || parts[0] == "" || parts[1] == "" {
		return "", "", 0, 0, false
	}
	return parts[0], parts[1], layer, event, true
}

// reference finds the attribute that a word names.
func (u *unit) reference(s *syntax) (reference, error) {
	if r, ok := u.words[s.word]; ok {
		return r, nil
	}
	protocol, attribute, layer, event, ok := splitReference(s.word)
	if !ok {
		return reference{}, errorAt(s.pos, "%q is no attribute (write protocol.attribute, protocol.attribute.event or protocol.layer.attribute)", s.word)
	}
	id, a := u.compiler.Registry.AttributeByName(protocol, attribute)
	if a == nil {
		return reference{}, errorAt(s.pos, "%s", u.compiler.unknown(protocol, attribute))
	}
	name := protocol + "." + attribute
	if layer > 0 {
		name = protocol + "." + strconv.Itoa(layer) + "." + attribute
	}
	r := reference{event: event, attr: rule.Attribute{
		Protocol: id, ID: a.ID, Layer: layer, Name: name, Type: a.Type,
		Flag: protocol == "tcp" && tcpFlags[attribute],
	}}
	u.words[s.word] = r
	return r, nil
}

// ordinal reads a number from 1 to 9999.
func ordinal(s string) (int, bool) {
	if s == "" || len(s) > 4 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0
}

// tcpFlags are the attributes that count as absent when they are 0 (manual
// section 4.2, high performance rules).
var tcpFlags = map[string]bool{
	"fin": true, "syn": true, "rst": true, "psh": true, "ack": true, "urg": true, "ece": true, "cwr": true,
}

// attribute checks a word that names an attribute.
func (c *checker) attribute(s *syntax) (value, error) {
	r, err := c.reference(s)
	switch {
	case err != nil:
		return value{}, err
	case r.event > len(c.events):
		return value{}, errorAt(s.pos, "%s refers to event %d, but the property has %d", s.word, r.event, len(c.events))
	case r.event == c.event.id:
		return value{}, errorAt(s.pos, "%s refers to its own event (leave out .%d)", s.word, r.event)
	}
	i := c.place(&r.attr)
	if i == maxUsed {
		return value{}, errorAt(s.pos, "the property reads more than %d attributes (split it)", maxUsed)
	}
	c.event.uses = append(c.event.uses, use{attr: i, event: r.event})
	x := &rule.Expr{Op: rule.Attr, Kind: rule.Bytes, Index: i, Event: r.event}
	if r.attr.Type.IsNumber() {
		x.Kind = rule.Numeric
	}
	return value{x: x, pos: s.pos, typ: r.attr.Type, word: s.word}, nil
}

// maxUsed is how many attributes a property may read.
const maxUsed = 1024

// place returns the place of an attribute among those of the property, where it
// comes to lie if it is new; maxUsed if there is no room.
func (p *prop) place(a *rule.Attribute) int {
	for i := range p.attrs {
		if have := &p.attrs[i]; have.Protocol == a.Protocol && have.ID == a.ID && have.Layer == a.Layer {
			return i
		}
	}
	if len(p.attrs) == maxUsed {
		return maxUsed
	}
	p.attrs = append(p.attrs, *a)
	return len(p.attrs) - 1
}

// unknown explains that there is no such attribute and names the nearest.
func (c *Compiler) unknown(protocol, attribute string) string {
	id, ok := c.Registry.ID(protocol)
	var names []string
	if !ok {
		c.Registry.Protocols(func(p *dpi.Protocol) bool { names = append(names, p.Name); return true })
		return "unknown protocol " + protocol + didYouMean(protocol, names)
	}
	c.Registry.Attributes(id, func(a *dpi.Attribute) bool { names = append(names, a.Name); return true })
	if near := suggest.Nearest(attribute, names); near != "" {
		return "unknown attribute " + protocol + "." + attribute + " (did you mean " + protocol + "." + near + "?)"
	}
	return "unknown attribute " + protocol + "." + attribute
}
