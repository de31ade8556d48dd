package probe

import (
	"math"
	"net"
	"time"

	"mmt/output"
	"mmt/report"
	"mmt/version"
)

// licenceDuty writes report 30 if the configuration names a licence, as those do
// that were made for a probe that needs one, and returns what writes it again
// each day. This probe needs none: it tells of one that holds, for all
// interfaces of the machine, until the latest time that a report can tell.
func (r *Run) licenceDuty(out *outputs, begin time.Time) []duty {
	if r.Config.License == "" {
		return nil
	}
	write := func(now time.Time) {
		rec := report.Licence{
			Time: now.UnixNano(), Info: report.LicenceValid, MACs: hostMACs(), Expiry: math.MaxInt64,
			Probe: version.String(), DPI: version.String(),
		}
		out.write(output.ToAll, &rec)
	}
	write(begin)
	return []duty{{every: 24 * time.Hour, write: write}}
}

// hostMACs returns the addresses of the machine's interfaces; a machine that does
// not tell them has none.
func hostMACs() (list [][6]byte) {
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		if len(i.HardwareAddr) == 6 {
			list = append(list, [6]byte(i.HardwareAddr))
		}
	}
	return list
}
