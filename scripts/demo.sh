#!/bin/sh
# Makes a trace of all scenarios, runs the probe on it with the built-in
# configuration, and shows the summary and where the reports are.
set -eu
rm -rf demo-out
mkdir demo-out
bin/mmt-gen --scale 5 -o demo-out/demo.pcap
cd demo-out
../bin/mmt-probe -t demo.pcap --summary
echo
echo "first session reports (format 100):"
grep -h '^100,' mmt-reports/*.csv | head -3
echo
echo "flows:             bin/mmt-dpi flows demo-out/demo.pcap"
echo "every attribute:   bin/mmt-dpi extract demo-out/demo.pcap"
