package probe

import "os"

// readMachine reads how busy this machine is.
func readMachine() (machine, error) {
	stat, err := os.Open("/proc/stat")
	if err != nil {
		return machine{}, err
	}
	defer stat.Close()
	meminfo, err := os.Open("/proc/meminfo")
	if err != nil {
		return machine{}, err
	}
	defer meminfo.Close()
	return readProc(stat, meminfo)
}
