package rules

import (
	"slices"
	"testing"

	"mmt/bench/traffic"
)

// spoken are the rules that ordinary conversations break: passwords in the
// clear, communities that everybody knows, old versions of TLS.
var spoken = map[string][]string{
	"ftp": {"1112"}, "ldap": {"1115"}, "mail": {"1114"}, "snmp": {"1117"}, "telnet": {"1116"}, "tls": {"1151"},
}

// TestApplicationsInPeace runs the rules from 1100 on on conversations none of
// which is an attack.
func TestApplicationsInPeace(t *testing.T) {
	files := slices.DeleteFunc(ruleFiles(t), func(name string) bool { return name < "1100" })
	for _, s := range traffic.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			wantTold(t, files, traffic.Generate(1, []string{s.Name}, 2), spoken[s.Name])
		})
	}
}
