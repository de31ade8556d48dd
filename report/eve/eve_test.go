package eve_test

import (
	"strings"
	"testing"

	"mmt/report/eve"
)

const good = `{"timestamp":"2026-01-02T03:04:05.000006+00:00","event_type":"stats",` +
	`"stats":{"pkts":2,"bytes":40,"payload":6,"start":"2026-01-02T03:04:05.000000+00:00","end":"2026-01-02T03:04:05.000006+00:00"},` +
	`"mmt":{"probe":3,"source":"eth0","period":1,"proto_id":30,"proto":"arp","path":[99,30]}}`

func TestCheck(t *testing.T) {
	if err := eve.Check([]byte(good)); err != nil {
		t.Error(err)
	}
	for what, line := range map[string]string{
		"no JSON":          good[1:],
		"two lines":        good + "\n" + good,
		"another event":    strings.Replace(good, `"stats",`, `"statistics",`, 1),
		"a bad time":       strings.Replace(good, "2026-01-02", "2026-13-02", 1),
		"no microseconds":  strings.Replace(good, ".000006+", "+", 1),
		"an odd member":    strings.Replace(good, `"pkts":2`, `"pkts":2,"more":1`, 1),
		"a missing member": strings.Replace(good, `"pkts":2,`, "", 1),
		"a text as number": strings.Replace(good, `"bytes":40`, `"bytes":"40"`, 1),
	} {
		if eve.Check([]byte(line)) == nil {
			t.Errorf("%s passes", what)
		}
	}
}
