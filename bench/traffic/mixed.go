package traffic

// mixRate is how many conversations begin in a millisecond of a mix.
const mixRate = 1

// share is a kind of conversation and its part of a mix in percent. Each is
// one flow.
type share struct {
	percent int
	make    func(*Gen)
}

var mix = []share{
	{17, (*Gen).httpQuick}, {6, (*Gen).httpPage}, {2, (*Gen).httpForm}, {2, (*Gen).httpGzip},
	{2, (*Gen).httpErrors}, {1, (*Gen).httpRange},
	{12, (*Gen).mixTLS12}, {18, (*Gen).mixTLS13},
	{20, (*Gen).mixLookupOne}, {10, (*Gen).mixLookup},
	{3, (*Gen).mixQUIC}, {2, (*Gen).mixNTP}, {1, (*Gen).noiseTCP}, {1, (*Gen).noiseUDP}, {1, (*Gen).mixPing},
	{1, (*Gen).smtpPlain}, {1, (*Gen).imaps},
}

func (g *Gen) mixTLS12() {
	g.https12(clientHello{name: pick(g, sites), alpn: alpnHTTP2, version: tls12})
}
func (g *Gen) mixTLS13()     { g.https13(clientHello{name: pick(g, sites), alpn: alpnHTTP2}) }
func (g *Gen) mixLookupOne() { g.lookupOne(pick(g, sites)) }
func (g *Gen) mixLookup()    { g.lookup(pick(g, sites)) }
func (g *Gen) mixQUIC()      { g.quicVisit(pick(g, sites)) }
func (g *Gen) mixNTP()       { g.ntpPoll(4) }
func (g *Gen) mixPing()      { g.ping(g.to4(pick(g, sites)), nil) }

// Mixed makes a trace like that of an Internet link for benchmarks: flows
// conversations, most of them short (about 30 % web, 30 % TLS, 30 % DNS), that
// overlap in time; packets have about 300 bytes on average.
func Mixed(seed int64, flows int) []Packet {
	g := newGen(seed, "mixed", 0)
	g.span = max(int64(flows)*millisecond/mixRate, second)
	for range flows {
		g.mixOne()
	}
	sortByTime(g.packets)
	return g.packets
}

// mixOne draws one conversation; the percents add up to 100.
func (g *Gen) mixOne() {
	n := g.rng.IntN(100)
	for _, s := range mix {
		if n -= s.percent; n < 0 {
			s.make(g)
			return
		}
	}
}
