//go:build !(dpdk && cgo && linux)

package dpdk

import "testing"

func TestStub(t *testing.T) {
	if _, err := Open("0,1", Options{}); err == nil || err.Error() != "this build has no DPDK: make build-dpdk" {
		t.Error(err)
	}
}
