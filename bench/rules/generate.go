package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// simpleShapes are conditions on one packet; n is the number of the rule.
var simpleShapes = []func(rng *rand.Rand, n int) string{
	func(rng *rand.Rand, _ int) string { // a service that nobody should use
		return fmt.Sprintf("((tcp.flags == 2) &amp;&amp; (tcp.dest_port == %d))", 10000+rng.IntN(50000))
	},
	func(rng *rand.Rand, _ int) string { // a flag and a port
		return fmt.Sprintf("((tcp.rst == 1) &amp;&amp; (tcp.src_port == %d))", 10000+rng.IntN(50000))
	},
	func(_ *rand.Rand, n int) string { // a string in a URI
		return fmt.Sprintf("(#strstr(http.uri, '/exploit-%d.php') != 0)", n)
	},
	func(_ *rand.Rand, n int) string { // a host name
		return fmt.Sprintf("((http.method == 'GET') &amp;&amp; (http.host == 'bad-%d.example'))", n)
	},
	func(rng *rand.Rand, _ int) string { // an address and a port
		return fmt.Sprintf("((ip.src == '10.%d.%d.%d') &amp;&amp; (udp.dest_port == %d))", rng.IntN(256), rng.IntN(256), rng.IntN(256), rng.IntN(1024))
	},
	func(rng *rand.Rand, _ int) string { // either of two ports
		return fmt.Sprintf("((udp.dest_port == %d) || (udp.src_port == %d))", 20000+rng.IntN(20000), 20000+rng.IntN(20000))
	},
}

// matching is how many rules of a set hold for one packet in 65,536 each: all
// together for about one in a thousand.
const matching = 66

// perFile is how many rules one file holds.
const perFile = 10000

// file returns a property file.
func file(properties []string) []byte {
	return []byte("<beginning>\n" + strings.Join(properties, "") + "</beginning>\n")
}

// simpleRules returns n rules on one packet. matching of them (a tenth, of small
// sets) hold now and then.
func simpleRules(n int) (list []string) {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range n {
		expr := simpleShapes[i%len(simpleShapes)](rng, i)
		if i%10 == 9 && i/10 < matching {
			expr = fmt.Sprintf("((ip.identification == %d) &amp;&amp; (ip.src != ip.dst))", rng.IntN(65536))
		}
		list = append(list, fmt.Sprintf(`<property property_id="%d" type_property="ATTACK" description="simple rule %d">
 <event description="the packet" boolean_expression="%s"/>
</property>
`, i+1, i+1, expr))
	}
	return list
}

// complexShapes are sequences that join on addresses within ten seconds: first
// event, second event.
var complexShapes = []func(rng *rand.Rand) (first, second string){
	func(rng *rand.Rand) (string, string) { // a connection to a certain port, answered
		port := 10000 + rng.IntN(50000)
		return fmt.Sprintf("((tcp.flags == 2) &amp;&amp; (tcp.dest_port == %d))", port),
			fmt.Sprintf("((tcp.flags == 18) &amp;&amp; (tcp.src_port == %d) &amp;&amp; (ip.src == ip.dst.1) &amp;&amp; (ip.dst == ip.src.1))", port)
	},
	func(rng *rand.Rand) (string, string) { // two packets of a datagram service
		port := 20000 + rng.IntN(20000)
		return fmt.Sprintf("(udp.dest_port == %d)", port),
			fmt.Sprintf("((udp.dest_port == %d) &amp;&amp; (ip.src == ip.src.1) &amp;&amp; (ip.dst != ip.dst.1))", port)
	},
	func(rng *rand.Rand) (string, string) { // a marked packet, then a reset between the same hosts
		return fmt.Sprintf("((ip.identification == %d) &amp;&amp; (tcp.flags != 4))", rng.IntN(65536)),
			"((tcp.rst == 1) &amp;&amp; (ip.src == ip.src.1) &amp;&amp; (ip.dst == ip.dst.1))"
	},
	func(rng *rand.Rand) (string, string) { // a marked packet, then a connection from the host to another
		return fmt.Sprintf("((ip.identification == %d) &amp;&amp; (ip.src != ip.dst))", rng.IntN(65536)),
			"((tcp.flags == 2) &amp;&amp; (ip.src == ip.src.1) &amp;&amp; (ip.dst != ip.dst.1))"
	},
}

// complexRules returns n rules of two or three events.
func complexRules(n int) (list []string) {
	rng := rand.New(rand.NewPCG(2, uint64(n)))
	for i := range n {
		first, second := complexShapes[i%len(complexShapes)](rng)
		events := fmt.Sprintf(`<event event_id="1" value="COMPUTE" description="first" boolean_expression="%s"/>
 <event event_id="2" value="COMPUTE" description="second" boolean_expression="%s"/>`, first, second)
		if i%3 == 2 {
			events = fmt.Sprintf(`<operator value="THEN" delay_min="0+" delay_max="10">%s</operator>
 <event event_id="3" value="COMPUTE" description="third" boolean_expression="((tcp.flags == 2) &amp;&amp; (ip.src == ip.src.1) &amp;&amp; (ip.dst == ip.dst.1))"/>`, events)
		}
		list = append(list, fmt.Sprintf(`<property value="THEN" delay_units="s" delay_min="0+" delay_max="10" property_id="%d" type_property="ATTACK" description="complex rule %d">
 %s
</property>
`, i+1, i+1, events))
	}
	return list
}
