package traffic

import "fmt"

const portSyslog = 514

// syslog is messages of RFC 3164 and RFC 5424, some with high severity.
func syslog(g *Gen) {
	t := g.talk(g.local(), portSyslog)
	for i, text := range []string{
		"<34>May  1 00:00:01 gate su: 'su root' failed for alice on /dev/pts/8",
		"<13>May  1 00:00:02 gate kernel: eth0: link becomes ready",
		"<165>1 2024-05-01T00:00:03.003Z gate.example.com app 812 ID47 [meta sequenceId=\"1\"] started",
		"<11>1 2024-05-01T00:00:04Z gate.example.com db - - - connection lost",
	} {
		t.ask([]byte(text))
		t.wait(100 * (i + 1))
	}
	t = g.talk(g.local(), portSyslog)
	t.clientPort = portSyslog
	t.ask(fmt.Appendf(nil, "<190>%d: *May  1 00:00:05.001: %%SYS-5-CONFIG_I: Configured from console", g.between(1, 999)))
}
