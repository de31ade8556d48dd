#!/bin/sh
# Makes a trace of all scenarios, runs the probe on it with the built-in
# configuration, and shows the summary, some reports and where the others are.
set -eu
rm -rf demo-out
mkdir demo-out
bin/mmt-gen --scale 5 -o demo-out/demo.pcap
cd demo-out
../bin/mmt-probe -t demo.pcap --summary
# show prints reports that begin as $1 says, two of them, not wider than a screen or two.
show() {
	grep -hE "^$1" mmt-reports/*.csv | head -2 | cut -c 1-320
}
echo
echo "first session reports (format 100):"
show '100,'
echo
echo "a scan was seen (format 10, security verdicts):"
show '10,[^,]*,[^,]*,[^,]*,1001,'
echo
echo "ARP spoofing was seen:"
show '10,[^,]*,[^,]*,[^,]*,1020,'
echo
echo "flows:             bin/mmt-dpi flows demo-out/demo.pcap"
echo "every attribute:   bin/mmt-dpi extract demo-out/demo.pcap"
echo "what rules say:    configs/rules/README.md"
