package rulecomp

import (
	"fmt"
	"strings"
	"testing"
)

// manyRules returns a file of n properties.
func manyRules(n int) []byte {
	var b strings.Builder
	b.WriteString("<beginning>\n")
	for i := range n {
		fmt.Fprintf(&b, `<property value="THEN" delay_units="s" delay_min="0+" delay_max="5" property_id="%d" type_property="ATTACK"
    description="connection number %d">
  <event value="COMPUTE" event_id="1" description="request"
    boolean_expression="((tcp.flags == 2)&amp;&amp;((tcp.dest_port == %d)&amp;&amp;(ip.src != ip.dst)))"/>
  <event value="COMPUTE" event_id="2" description="reply"
    boolean_expression="((tcp.flags == 18)&amp;&amp;((tcp.src_port == %d)&amp;&amp;((ip.dst == ip.src.1)&amp;&amp;(ip.src == ip.dst.1))))"/>
</property>
`, i+1, i+1, i%65536, i%65536)
	}
	b.WriteString("</beginning>\n")
	return []byte(b.String())
}

func BenchmarkParse12400(b *testing.B) {
	c := newCompiler(b)
	data := manyRules(12400)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := c.Parse("many.xml", data); err != nil {
			b.Fatal(err)
		}
	}
}
